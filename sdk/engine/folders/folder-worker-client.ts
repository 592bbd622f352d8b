import { WorkerClient } from '../workers/worker-client.js';
import { processPort, type WorkerPort } from '../workers/worker-port.js';
import type { FolderAnswer, FolderJob, FolderResult } from './folder-messages.js';

/** A process that writes the small files of folders to a disk that may stop answering. */
export class FolderWorkerClient extends WorkerClient<FolderJob, FolderResult> {
  constructor(
    mount: string,
    silentMs?: number,
    start: () => WorkerPort<FolderAnswer> = () => processPort('folder-worker'),
  ) {
    super(start, mount, silentMs);
  }
}
