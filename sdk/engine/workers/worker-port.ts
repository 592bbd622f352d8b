import { type ForkedName, forkWorker, startWorker } from './start-worker.js';

/** The connection to a worker, a thread or a process. */
export interface WorkerPort<Answer> {
  post(order: { readonly id: number }): void;
  onMessage(hear: (answer: Answer) => void): void;
  /** It ended unexpectedly. */
  onEnd(hear: (error: Error) => void): void;
  /** Sets whether it keeps this process alive. */
  hold(holds: boolean): void;
  /** Resolves when it has ended; a process may still wait for its disk. */
  end(): Promise<void>;
}

export function threadPort<Answer>(name: ForkedName): WorkerPort<Answer> {
  const worker = startWorker(name);
  return {
    post: (order) => worker.postMessage(order),
    onMessage: (hear) => void worker.on('message', hear),
    onEnd: (hear) => void worker.on('error', hear),
    hold: (holds) => (holds ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  };
}

/**
 * A separate process for a disk that may stop answering: a thread that waits for such a disk cannot be ended, and would
 * keep the whole program from ending.
 */
export function processPort<Answer>(name: ForkedName): WorkerPort<Answer> {
  const child = forkWorker(name);
  let hearEnd = (_error: Error): void => {};
  const ended = new Promise<void>((resolve) => {
    const onEnd = (error: Error) => {
      resolve();
      hearEnd(error);
    };
    child.once('error', onEnd);
    child.once('exit', (code, signal) => onEnd(new Error(`it ended with ${signal ?? code}`)));
  });
  return {
    post: (order) => void child.send(order, () => {}), // `onEnd` reports it
    onMessage: (hear) => void child.on('message', (message) => hear(message as unknown as Answer)), // its other end is the worker's own program
    onEnd: (hear) => {
      hearEnd = hear;
    },
    hold: (holds) => {
      if (holds) child.ref();
      else child.unref();
      if (holds) child.channel?.ref();
      else child.channel?.unref();
    },
    end: () => {
      child.kill('SIGKILL'); // it may wait for its disk, and hear nothing else
      child.unref();
      return ended;
    },
  };
}
