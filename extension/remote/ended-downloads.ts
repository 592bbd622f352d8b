import { setTimeout as sleep } from 'node:timers/promises';
import type { Transfer } from '../model/downloads/transfers.js';
import type { RemoteClient } from './remote-client.js';

/** A window without the focus leaves the report to the focused one for this long. */
const PATIENCE_MS = 1000;

const ENDED: ReadonlySet<string> = new Set(['complete', 'failed']);

interface EndsContext {
  /** Whether this window has the focus. */
  isFocused(): boolean;
  /** Reports complete and failed downloads to the user. */
  tell(ended: readonly Transfer[]): void;
}

/**
 * Reports the ends of downloads that the user waits for, as the agent tracks them: each in one window, also in one that
 * opened later.
 */
export class EndedDownloads {
  readonly #client: RemoteClient;
  readonly #context: EndsContext;
  readonly #claiming = new Set<string>();

  constructor(client: RemoteClient, context: EndsContext) {
    this.#client = client;
    this.#context = context;
    client.on('downloadsChanged', ({ changed }) => this.#look(client.mirror.downloads, changed));
    client.on('foldersChanged', ({ changed }) => this.#look(client.mirror.folders, changed));
  }

  #look(list: ReadonlyMap<string, Transfer>, changed: readonly string[]): void {
    const ended = changed.flatMap((id) => {
      const transfer = list.get(id);
      const isNews = transfer?.awaited && ENDED.has(transfer.state) && !this.#claiming.has(id);
      return isNews ? [transfer] : [];
    });
    if (ended.length > 0) void this.#claim(ended);
  }

  async #claim(ended: readonly Transfer[]): Promise<void> {
    const ids = ended.map(({ id }) => id);
    for (const id of ids) this.#claiming.add(id);
    try {
      if (!this.#context.isFocused()) await sleep(PATIENCE_MS);
      const granted = new Set(await this.#client.claimEnds(ids));
      const own = ended.filter(({ id }) => granted.has(id));
      if (own.length > 0) this.#context.tell(own);
    } catch {
      // The agent ended: the next one says what is still to be reported.
    } finally {
      for (const id of ids) this.#claiming.delete(id);
    }
  }
}
