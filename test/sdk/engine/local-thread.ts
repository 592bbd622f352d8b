import type { EngineThread } from '../../../sdk/engine/engine.js';
import type { EngineEvent } from '../../../sdk/engine/messages.js';
import { DiskJobs } from '../../../sdk/engine/storage/disk-workers/disk-jobs.js';
import type { DiskAnswer, DiskPort } from '../../../sdk/engine/storage/disk-workers/disk-messages.js';
import { type EngineOptions, TransferEngine } from '../../../sdk/engine/transfer-engine.js';
import { ShoalError } from '../../../sdk/protocol/index.js';

/** Runs a transfer engine in this thread, from its sources. Its events arrive in a later turn, as from a thread. */
export function localThread(options: EngineOptions): EngineThread {
  let hear = (_event: EngineEvent): void => {};
  let isOver = false;
  const emit = (event: EngineEvent) => void setImmediate(() => isOver || hear(event));
  const engine = new TransferEngine(emit, { disk: localDisk, ...options });
  return {
    post: (command) => {
      engine.handle(command).catch((error: unknown) => {
        engine.log('warn', `${command.type}: ${ShoalError.from(error).message}`);
      });
    },
    onEvent: (listener) => {
      hear = listener;
    },
    onDied: () => {},
    end: () => {
      isOver = true;
      return Promise.resolve();
    },
  };
}

/** Writes and verifies pieces in this thread. */
export function localDisk(memory: SharedArrayBuffer): DiskPort {
  let hear = (_answer: DiskAnswer): void => {};
  let isOver = false;
  const jobs = new DiskJobs(memory, (answer) => void setImmediate(() => isOver || hear(answer)));
  return {
    post: (order) => void setImmediate(() => isOver || jobs.handle(order)),
    onOnline: (listener) => listener(),
    onAnswer: (listener) => {
      hear = listener;
    },
    onDied: () => {},
    end: () => {
      isOver = true;
      return Promise.resolve();
    },
  };
}
