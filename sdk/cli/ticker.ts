import type { AnyDownload, PeerClient } from './client.js';
import { isInFlight } from './download-text.js';

/** Calls `show` with the downloads under way, every `intervalMs` while there are any, and once with none when they end. */
export class DownloadTicker {
  readonly #client: PeerClient;
  readonly #intervalMs: number;
  readonly #show: (inFlight: readonly AnyDownload[]) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(client: PeerClient, intervalMs: number, show: (inFlight: readonly AnyDownload[]) => void) {
    this.#client = client;
    this.#intervalMs = intervalMs;
    this.#show = show;
    client.on('downloadChanged', this.#onChanged);
    client.on('folderChanged', this.#onChanged);
    this.#onChanged();
  }

  stop(): void {
    this.#client.off('downloadChanged', this.#onChanged);
    this.#client.off('folderChanged', this.#onChanged);
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #onChanged = (): void => {
    if (this.#timer || this.#inFlight().length === 0) return;
    this.#timer = setInterval(this.#tick, this.#intervalMs);
    this.#timer.unref();
  };

  readonly #tick = (): void => {
    const inFlight = this.#inFlight();
    this.#show(inFlight);
    if (inFlight.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  };

  #inFlight(): AnyDownload[] {
    return [...this.#client.downloads(), ...this.#client.folderDownloads()].filter(isInFlight);
  }
}
