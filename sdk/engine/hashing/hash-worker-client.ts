import { WorkerClient } from '../workers/worker-client.js';
import { processPort, threadPort } from '../workers/worker-port.js';
import type { HashAbout, HashAnswer, HashJob, HashResult } from './hash-messages.js';

/** One hash worker: a thread, or a process for a disk that may stop answering. */
export class HashWorkerClient extends WorkerClient<HashJob, HashResult, HashAbout> {
  constructor(mount?: string, silentMs?: number) {
    const start = mount === undefined ? threadPort<HashAnswer> : processPort<HashAnswer>;
    super(() => start('hash-worker'), mount, silentMs);
  }
}
