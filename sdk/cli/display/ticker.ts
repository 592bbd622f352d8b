import type { AnyDownload, PeerClient } from '../client.js';
import { underWay } from '../texts/download-text.js';

/** Calls `act` every `ms`, until what it returns is called. */
export type Repeat = (act: () => void, ms: number) => () => void;

/** By a timer that keeps no process alive. */
const byTimer: Repeat = (act, ms) => {
  const timer = setInterval(act, ms);
  timer.unref();
  return () => clearInterval(timer);
};

/** Calls `show` with the running downloads, every `intervalMs` while there are any, and once with none at the end. */
export class DownloadTicker {
  readonly #client: PeerClient;
  readonly #intervalMs: number;
  readonly #show: (inFlight: readonly AnyDownload[]) => void;
  readonly #repeat: Repeat;
  #stopTicks: (() => void) | undefined;

  constructor(
    client: PeerClient,
    intervalMs: number,
    show: (inFlight: readonly AnyDownload[]) => void,
    repeat = byTimer,
  ) {
    this.#client = client;
    this.#intervalMs = intervalMs;
    this.#show = show;
    this.#repeat = repeat;
    client.on('downloadChanged', this.#onChanged);
    client.on('folderChanged', this.#onChanged);
    this.#onChanged();
  }

  stop(): void {
    this.#client.off('downloadChanged', this.#onChanged);
    this.#client.off('folderChanged', this.#onChanged);
    this.#stopTicks?.();
    this.#stopTicks = undefined;
  }

  readonly #onChanged = (): void => {
    if (this.#stopTicks || this.#inFlight().length === 0) return;
    this.#stopTicks = this.#repeat(this.#tick, this.#intervalMs);
  };

  readonly #tick = (): void => {
    const inFlight = this.#inFlight();
    this.#show(inFlight);
    if (inFlight.length > 0) return;
    this.#stopTicks?.();
    this.#stopTicks = undefined;
  };

  #inFlight(): AnyDownload[] {
    return underWay(this.#client);
  }
}
