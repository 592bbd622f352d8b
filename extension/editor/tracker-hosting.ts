import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { parseTrackerUrl, ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { ask, DaemonLink } from '../daemon/index.js';
import { HOST, HOST_PROTOCOL, type HostedTracker } from '../host/contract.js';
import { trackerUrl } from '../model/tracker-url.js';
import { Throttle } from '../throttle.js';

export interface TrackerHostingOptions {
  readonly folder: string;
  readonly script: string;
  readonly version: string;
  readonly lingerMs: number;
  /** What the user wants of it. */
  readonly wishes: () => { readonly port: number; readonly keepRunning: boolean };
  /** Whether a tracker is to be hosted, remembered for the next start of the editor. */
  readonly remember: (isHosting: boolean) => Thenable<void>;
}

interface TrackerHostingEvents {
  /** A tracker runs here by now, or no more: by this window or by another. */
  changed: [];
}

const LOOK_EVERY_MS = 200;

/** The tracker that this computer hosts, in a process of its own: one for all windows, each of which knows whether it runs. */
export class TrackerHosting extends EventEmitter<TrackerHostingEvents> {
  readonly #link: DaemonLink;
  readonly #options: TrackerHostingOptions;
  readonly #control: string;
  readonly #looks: Throttle;
  #hosted: HostedTracker | undefined;
  #watcher: FSWatcher | undefined;
  #closed = false;

  constructor(options: TrackerHostingOptions) {
    super();
    this.#options = options;
    this.#control = `${options.folder}/control`;
    this.#link = new DaemonLink({
      ...{ folder: this.#control, script: options.script },
      ...{ protocol: HOST_PROTOCOL, version: options.version },
      startOptions: () => ({
        ...{ folder: options.folder, version: options.version, lingerMs: options.lingerMs },
        ...options.wishes(),
      }),
    });
    this.#looks = new Throttle(LOOK_EVERY_MS, () => void this.#look());
    this.#link.on('failed', () => {}); // the agent says that the tracker is away
    this.#link.on('dismissed', () => this.#become(undefined));
    this.#link.on('up', (connection) => {
      this.#describe(connection).catch(() => {}); // it went away again: the link says so
    });
  }

  /** What is hosted, as far as it is known. */
  get hosted(): HostedTracker | undefined {
    return this.#hosted;
  }

  /** From now on this window knows of a tracker that another one starts, and is one of those that it runs for. */
  async watch(): Promise<void> {
    if (this.#watcher || this.#closed) return;
    await mkdir(this.#control, { recursive: true, mode: 0o700 });
    if (this.#watcher || this.#closed) return;
    this.#watcher = watch(this.#control, () => this.#looks.request());
    this.#watcher.on('error', () => {}); // what the user does here is known all the same
    await this.#look();
  }

  /** Starts the tracker, or finds the one that runs. @throws ShoalError `LISTEN_FAILED`, `DATA_DIR_IN_USE`, … */
  async start(): Promise<HostedTracker> {
    const connection = await this.#link.open();
    const { keepRunning } = this.#options.wishes();
    await ask(connection, HOST, 'keepRunning', { keepRunning });
    const hosted = await this.#describe(connection);
    await this.#options.remember(true);
    return hosted;
  }

  /** Ends the tracker, for everyone. */
  async stop(): Promise<void> {
    const connection = await this.#link.openIfThere();
    this.#link.release(); // one that is about to be started again is not
    if (connection) {
      const gone = new Promise<void>((resolve) => connection.onClose(() => resolve()));
      await ask(connection, HOST, 'stop', {}).catch((error: unknown) => {
        if (ShoalError.from(error).code !== 'CLOSED') throw error; // it ended before it could answer
      });
      await gone;
    }
    this.#become(undefined);
    await this.#options.remember(false);
  }

  /** Since when nobody could reach it before it was started, where it had ended with the last window; else null. */
  async absence(): Promise<number | null> {
    const { connection } = this.#link;
    return connection ? (await ask(connection, HOST, 'absence', {})).awaySinceMs : null;
  }

  /** Whether this window is the one that tells of the absence. */
  async claimAbsence(): Promise<boolean> {
    const { connection } = this.#link;
    return connection !== undefined && (await ask(connection, HOST, 'claimAbsence', {})).granted;
  }

  /** The user wants it to stay, or not, when the last window has gone. */
  async review(): Promise<void> {
    const { connection } = this.#link;
    const { keepRunning } = this.#options.wishes();
    if (connection) await ask(connection, HOST, 'keepRunning', { keepRunning });
  }

  close(): void {
    this.#closed = true;
    this.#watcher?.close();
    this.#looks.close();
    this.#link.close();
  }

  async #look(): Promise<void> {
    await this.#link.openIfThere().catch(() => undefined); // a newer one, which this window cannot talk to
  }

  async #describe(connection: MessageConnection): Promise<HostedTracker> {
    const hosted = await ask(connection, HOST, 'describe', {});
    if (this.#link.connection === connection) this.#become(hosted);
    return hosted;
  }

  #become(hosted: HostedTracker | undefined): void {
    const isOther = (hosted === undefined) !== (this.#hosted === undefined);
    this.#hosted = hosted;
    if (isOther) this.emit('changed');
  }
}

/**
 * Where this computer's own tracker is to be reached by itself and by colleagues alike: what the tracker sees as this
 * computer's address, it hands to others.
 */
export function hostedUrl({ addresses, port, fingerprint }: HostedTracker, chosenAddress: string): string {
  return trackerUrl({ host: chosenAddress || addresses[0] || '127.0.0.1', port, fingerprint });
}

/** Whether an address of before leads to the tracker that is hosted here. */
export function isHostedHere(tracker: string | null, hosted: HostedTracker): boolean {
  return tracker !== null && parseTrackerUrl(tracker).fingerprint === hosted.fingerprint;
}
