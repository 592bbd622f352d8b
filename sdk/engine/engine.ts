import { EventEmitter } from 'eventemitter3';
import type { TlsIdentity } from '../identity/index.js';
import { formatEndpoint, ShoalError } from '../protocol/index.js';
import type { EngineCommand, EngineEvent } from './messages.js';
import { atMost } from './util/at-most.js';
import { startWorker } from './workers/start-worker.js';

/** Limits for closing files and for ending the thread: a disk that hangs must not block the application. */
const CLOSE_TIMEOUT_MS = 4000;
const END_TIMEOUT_MS = 1000;

type EngineEvents = { [E in EngineEvent as E['type']]: [E] } & {
  /** The worker died: nothing is served or fetched any more. */
  died: [Error];
};

/** The thread that runs a transfer engine. */
export interface EngineThread {
  post(command: EngineCommand): void;
  onEvent(hear: (event: EngineEvent) => void): void;
  /** The thread ended unexpectedly. */
  onDied(hear: (error: Error) => void): void;
  end(): Promise<void>;
}

/** The application thread's interface to the transfer worker. */
export class Engine extends EventEmitter<EngineEvents> {
  readonly #thread: EngineThread;
  #closed = false;
  #dead = false;

  private constructor(thread: EngineThread) {
    super();
    this.#thread = thread;
    thread.onEvent((event) => this.#onEvent(event));
    thread.onDied((error) => {
      this.#dead = true;
      this.emit('died', error);
    });
  }

  /**
   * Starts the worker and listens for peers.
   * @throws ShoalError `LISTEN_FAILED`
   */
  static async start(
    identity: TlsIdentity,
    host: string,
    port: number,
    thread: EngineThread = transferThread(),
  ): Promise<{ engine: Engine; address: { host: string; port: number } }> {
    const engine = new Engine(thread);
    const event = await new Promise<EngineEvent>((resolve, reject) => {
      engine.once('listening', resolve);
      engine.once('listenFailed', resolve);
      engine.once('died', reject);
      engine.send({ type: 'start', identity, host, port });
    });
    engine.removeAllListeners();
    if (event.type === 'listening') return { engine, address: { host: event.host, port: event.port } };
    await thread.end();
    const why = event.type === 'listenFailed' ? event.message : 'the worker did not start';
    throw new ShoalError(
      'LISTEN_FAILED',
      `Cannot serve pieces at ${formatEndpoint(host, port)}: ${why}. Choose another address or port.`,
    );
  }

  send(command: EngineCommand): void {
    if (!this.#closed) this.#thread.post(command);
  }

  /** Stops a download. Resolves once its files are closed. The partial file stays. */
  async stopDownload(downloadId: number): Promise<void> {
    await this.#ask({ type: 'stopDownload', downloadId }, 'stopped');
  }

  /** The state of every piece, one byte each; empty if the download does not run. */
  async describeDownload(downloadId: number): Promise<Uint8Array> {
    return (await this.#ask({ type: 'describeDownload', downloadId }, 'pieceMap'))?.pieces ?? new Uint8Array(0);
  }

  /** Stops all transfers and ends the worker. Partial files stay. */
  async close(): Promise<void> {
    if (this.#closed || this.#dead) return;
    const closed = new Promise<void>((resolve) => {
      this.once('closed', () => resolve());
      this.once('died', () => resolve());
    });
    this.send({ type: 'close' });
    this.#closed = true;
    await atMost(closed, CLOSE_TIMEOUT_MS);
    await atMost(this.#thread.end(), END_TIMEOUT_MS); // a worker that waits for its disk ends later
  }

  /** Sends a command about a download and waits for its answer; undefined if none can arrive any more. */
  async #ask<T extends 'stopped' | 'pieceMap'>(
    command: EngineCommand & { downloadId: number },
    type: T,
  ): Promise<(EngineEvent & { type: T }) | undefined> {
    if (this.#closed || this.#dead) return undefined;
    return new Promise((resolve) => {
      const onAnswer = (event: EngineEvent) => {
        if ('downloadId' in event && event.downloadId === command.downloadId)
          settle(event as EngineEvent & { type: T });
      };
      const onDied = () => settle(undefined);
      const settle = (answer: (EngineEvent & { type: T }) | undefined) => {
        this.off(type, onAnswer as never);
        this.off('died', onDied);
        resolve(answer);
      };
      this.on(type, onAnswer as never);
      this.on('died', onDied);
      this.send(command);
    });
  }

  #onEvent(event: EngineEvent): void {
    // The event map derives from the union, but TypeScript cannot match each name with its payload.
    this.emit(event.type, ...([event] as never));
  }
}

function transferThread(): EngineThread {
  const worker = startWorker('transfer-worker');
  return {
    post: (command) => worker.postMessage(command),
    onEvent: (hear) => void worker.on('message', hear),
    onDied: (hear) => void worker.on('error', hear),
    end: async () => void (await worker.terminate()),
  };
}
