import type { DownloadRecord } from '../agent/contract.js';
import { type DownloadCalls, RemoteDownload } from './remote-download.js';

/** The handles of the agent's downloads. The first of each is the one that is listed; who takes one up has another. */
export class RemoteDownloads {
  readonly #calls: DownloadCalls;
  readonly #handles = new Map<string, RemoteDownload[]>();

  constructor(calls: DownloadCalls) {
    this.#calls = calls;
  }

  /** The handle that is listed. */
  listed(record: DownloadRecord): RemoteDownload {
    const [known] = this.#handles.get(record.id) ?? [];
    if (known) return known;
    const made = new RemoteDownload(record, this.#calls);
    this.adopt(made);
    return made;
  }

  /** From now on this handle hears of its download, too. */
  adopt(download: RemoteDownload): void {
    const { id } = download;
    this.#handles.set(id, [...(this.#handles.get(id) ?? []), download]);
  }

  /** The agent told of a download; whether its state is news. */
  update(record: DownloadRecord): boolean {
    const handles = this.#handles.get(record.id) ?? [];
    const isNews = handles[0]?.state.name !== record.state;
    for (const handle of handles) handle.update(record);
    return isNews;
  }

  /** It is on the agent's list no more. */
  drop(id: string): void {
    for (const handle of this.#handles.get(id) ?? []) handle.dropped();
    this.#handles.delete(id);
  }
}
