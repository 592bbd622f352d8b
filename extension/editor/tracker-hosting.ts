import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { ShoalError } from '@shoal/sdk/protocol';
import { EventEmitter } from 'eventemitter3';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { ask, DaemonLink } from '../daemon/index.js';
import { HOST, HOST_PROTOCOL, type HostedTracker } from '../host/contract.js';
import { fingerprintOf, trackerUrl } from '../model/trackers/tracker-url.js';
import { Throttle } from '../throttle.js';

export interface TrackerHostingOptions {
  readonly folder: string;
  readonly script: string;
  readonly version: string;
  readonly lingerMs: number;
  /** The user's settings for it. */
  readonly wishes: () => { readonly port: number; readonly keepRunning: boolean };
  /** Remembers whether to host a tracker at the next start of the editor. */
  readonly remember: (isHosting: boolean) => Thenable<void>;
}

interface TrackerHostingEvents {
  /** The tracker started or ended, in this window or another one. */
  changed: [];
}

const LOOK_EVERY_MS = 200;

/** The hosted tracker of this computer, in its own process: one for all windows, which all know whether it runs. */
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
      this.#describe(connection).catch(() => {}); // it ended again, and the link reports that
    });
  }

  /** The hosted tracker, if known. */
  get hosted(): HostedTracker | undefined {
    return this.#hosted;
  }

  /** From now on, this window notices a tracker that another one starts, and counts as one of its windows. */
  async watch(): Promise<void> {
    if (this.#watcher || this.#closed) return;
    await mkdir(this.#control, { recursive: true, mode: 0o700 });
    if (this.#watcher || this.#closed) return;
    this.#watcher = watch(this.#control, () => this.#looks.request());
    this.#watcher.on('error', () => {}); // what the user does here is known all the same
    await this.#look();
  }

  /** Starts the tracker, or finds the running one. @throws ShoalError `LISTEN_FAILED`, `DATA_DIR_IN_USE`, … */
  async start(): Promise<HostedTracker> {
    const connection = await this.#link.open();
    const { keepRunning } = this.#options.wishes();
    await ask(connection, HOST, 'keepRunning', { keepRunning });
    const hosted = await this.#describe(connection);
    await this.#options.remember(true);
    return hosted;
  }

  /** Ends the tracker for everyone. */
  async stop(): Promise<void> {
    const connection = await this.#link.openIfThere();
    this.#link.release(); // cancels a pending restart
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

  /** Since when nobody could reach it before it was started, if it had ended with the last window; otherwise null. */
  async absence(): Promise<number | null> {
    const { connection } = this.#link;
    return connection ? (await ask(connection, HOST, 'absence', {})).awaySinceMs : null;
  }

  /** Whether this window reports the absence. */
  async claimAbsence(): Promise<boolean> {
    const { connection } = this.#link;
    return connection !== undefined && (await ask(connection, HOST, 'claimAbsence', {})).granted;
  }

  /** Updates whether the tracker stays after the last window. */
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
    await this.#link.openIfThere().catch(() => undefined); // a newer one, with an unknown protocol
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
 * The address at which this computer and colleagues reach the tracker: the tracker passes the address that it sees on
 * to others.
 */
export function hostedUrl({ addresses, port, fingerprint }: HostedTracker, chosenAddress: string): string {
  return trackerUrl({ host: chosenAddress || addresses[0] || '127.0.0.1', port, fingerprint });
}

/** Whether an earlier address leads to the hosted tracker. */
export function isHostedHere(tracker: string | null, hosted: HostedTracker): boolean {
  return tracker !== null && fingerprintOf(tracker) === hosted.fingerprint;
}
