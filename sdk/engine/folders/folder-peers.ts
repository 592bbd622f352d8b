import type { Source } from '../../protocol/index.js';
import type { SmallFilePlan } from '../../transfer/index.js';
import type { DownloadConnection } from '../peers/download-connection.js';
import type { SourceProgress } from '../progress.js';

/** A device that a folder is fetched from, under its number in the plan. */
export interface FolderPeer {
  source: Source;
  readonly number: number;
  /** The connection that is kept for it; undefined while nothing was asked of it, or it is lost. */
  link: DownloadConnection | undefined;
  isBanned: boolean;
  bytes: number;
  files: number;
}

/** The devices that a folder is fetched from. Each has one connection for all files, kept between one file and the next. */
export class FolderPeers {
  readonly #byDevice = new Map<string, FolderPeer>();
  readonly #byNumber: FolderPeer[] = [];

  /** A device that may be asked; undefined when it was banned. */
  add(source: Source): FolderPeer | undefined {
    const known = this.#byDevice.get(source.deviceId);
    if (known) {
      known.source = source;
      return known.isBanned ? undefined : known;
    }
    const entry = { source, number: this.#byNumber.length, link: undefined, isBanned: false, bytes: 0, files: 0 };
    this.#byDevice.set(source.deviceId, entry);
    this.#byNumber.push(entry);
    return entry;
  }

  byNumber(number: number): FolderPeer | undefined {
    return this.#byNumber[number];
  }

  /** The connection to ask on is this one. */
  use(entry: FolderPeer, link: DownloadConnection): void {
    if (entry.link === link) return;
    this.letGo(entry);
    entry.link = link;
    link.retain();
  }

  letGo(entry: FolderPeer): void {
    const { link } = entry;
    entry.link = undefined;
    link?.release();
  }

  letGoAll(): void {
    for (const entry of this.#byNumber) this.letGo(entry);
  }

  /** How each stands, and what it gave; those that were never asked are left out. */
  report(plan: SmallFilePlan, nowMs: number): SourceProgress[] {
    return this.#byNumber
      .filter((entry) => entry.link || entry.files > 0 || entry.isBanned)
      .map((entry) => ({
        deviceId: entry.source.deviceId,
        userId: entry.source.userId,
        state: entry.isBanned ? 'banned' : entry.link ? 'ready' : 'gone',
        bytes: entry.bytes,
        pieces: entry.files,
        bytesPerSecond: entry.link ? plan.bytesPerSecond(entry.number, nowMs) : 0,
      }));
  }
}
