import { parentPort } from 'node:worker_threads';
import { ShoalError } from '../protocol/index.js';
import type { EngineCommand, EngineEvent } from './messages.js';
import { TransferEngine } from './transfer-engine.js';

/** The worker thread in which the engine runs. */

const engine = new TransferEngine((event: EngineEvent) => parentPort?.postMessage(event));

parentPort?.on('message', (command: EngineCommand) => {
  engine.handle(command).catch((error: unknown) => {
    engine.log('warn', `${command.type}: ${ShoalError.from(error).message}`);
  });
});
