import type { Engine, FileUpload } from '../engine/index.js';
import { ShoalError } from '../protocol/index.js';
import type { FolderAnswer } from './folders/folder-engine.js';
import type { SignedIn } from './signed-in.js';
import { inBackground } from './util/background.js';
import type { Logger } from './util/logger.js';

interface EngineContext {
  readonly logger: Logger;
  signedIn(): SignedIn | undefined;
  onUploads(uploads: readonly FileUpload[]): void;
}

/** Dispatches the engine's events to the components of the session that is current when they arrive. */
export function listenToEngine(engine: Engine, { logger, signedIn, onUploads }: EngineContext): void {
  engine.on('log', ({ level, message }) => logger[level](message));
  engine.on('contentBroken', (event) => signedIn()?.shares.onBroken(event));
  engine.on('ticketRefused', ({ groupId }) => signedIn()?.transfers.tickets.renew(groupId));
  engine.on('ticketExpired', ({ groupId }) => inBackground(signedIn()?.session.tickets.onExpired(groupId), logger));
  engine.on('epochSeen', ({ groupId, epoch, ticket }) =>
    signedIn()?.session.tickets.onEpochSeen(groupId, epoch, ticket),
  );
  engine.on('downloadReady', (event) => signedIn()?.downloads.onReady(event));
  engine.on('readable', (event) => signedIn()?.downloads.onReadable(event));
  engine.on('downloadProgress', (event) => signedIn()?.downloads.onProgress(event));
  engine.on('downloadDone', (event) => inBackground(signedIn()?.downloads.onDone(event), logger));
  engine.on('sourceChanged', (event) => inBackground(signedIn()?.downloads.onSourceChanged(event), logger));
  engine.on('downloadFailed', (event) => signedIn()?.downloads.onFailed(event));
  engine.on('folderProgress', (event) => signedIn()?.folders.onProgress(event));
  for (const answer of ['folderBatchDone', 'folderPlaced', 'folderRemoved'] as const)
    engine.on(answer, (event: FolderAnswer) => signedIn()?.folders.onAnswer(event));
  engine.on('folderFailed', (event) => signedIn()?.folders.onFailed(event));
  engine.on('uploads', ({ uploads }) => onUploads(uploads));
  engine.on('died', (error) => {
    logger.error(`The transfer worker stopped: ${error.message}`);
    const why = `Transfers have stopped (${error.message}): close this client and create a new one.`;
    const failure = new ShoalError('INTERNAL', why, { cause: error });
    signedIn()?.transfers.failAll(failure);
  });
}
