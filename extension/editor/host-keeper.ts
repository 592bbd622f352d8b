import { parseTrackerUrl } from '@shoal/sdk/protocol';
import { ask, DaemonLink } from '../daemon/index.js';
import { HOST, HOST_PROTOCOL, type HostedTracker } from '../host/contract.js';
import { trackerUrl } from '../model/tracker-input.js';
import { settings } from './settings.js';

export interface HostKeeperOptions {
  readonly folder: string;
  readonly script: string;
  readonly version: string;
  readonly lingerMs: number;
  /** Whether a tracker is to be hosted, remembered for the next start of the editor. */
  readonly remember: (isHosting: boolean) => Thenable<void>;
}

/** The tracker that this computer hosts, in a process of its own. */
export class HostKeeper {
  readonly #link: DaemonLink;
  readonly #options: HostKeeperOptions;
  #hosted: HostedTracker | undefined;

  constructor(options: HostKeeperOptions) {
    this.#options = options;
    this.#link = new DaemonLink({
      ...{ folder: `${options.folder}/control`, script: options.script },
      ...{ protocol: HOST_PROTOCOL, version: options.version },
      startOptions: () => ({
        ...{ folder: options.folder, version: options.version, lingerMs: options.lingerMs },
        ...{ port: settings.hostPort, keepRunning: settings.hostKeepRunning },
      }),
    });
    this.#link.on('failed', () => {}); // the agent says that the tracker is away
  }

  /** What is hosted, as far as it is known. */
  get hosted(): HostedTracker | undefined {
    return this.#hosted;
  }

  /** Starts the tracker, or finds the one that runs. @throws ShoalError `LISTEN_FAILED`, `DATA_DIR_IN_USE`, … */
  async start(): Promise<HostedTracker> {
    const connection = await this.#link.open();
    await ask(connection, HOST, 'keepRunning', { keepRunning: settings.hostKeepRunning });
    const hosted = await ask(connection, HOST, 'describe', {});
    this.#hosted = hosted;
    await this.#options.remember(true);
    return hosted;
  }

  /** Ends the tracker, for everyone. */
  async stop(): Promise<void> {
    const connection = await this.#link.openIfThere();
    if (connection) {
      const gone = new Promise<void>((resolve) => connection.onClose(() => resolve()));
      this.#link.release();
      await ask(connection, HOST, 'stop', {});
      await gone;
    }
    this.#hosted = undefined;
    await this.#options.remember(false);
  }

  /** The user wants it to stay, or not, when the last window has gone. */
  async review(): Promise<void> {
    const { connection } = this.#link;
    if (connection) await ask(connection, HOST, 'keepRunning', { keepRunning: settings.hostKeepRunning });
  }

  close(): void {
    this.#link.close();
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
