import { nameKey, ShoalError } from '../../protocol/index.js';
import type { KeptContents } from '../kept/kept-contents.js';
import type { Session } from '../session/session.js';
import { OPENED_LINE } from '../transfers/transfer-queue.js';
import { SessionOver, throwIfAborted, untilAborted } from '../util/abort.js';
import type { FileDownloads } from './file-downloads.js';
import type { FileTransfer } from './file-transfer.js';

/** Time without a new piece after which a fetch fails. */
const SILENCE_MS = 30_000;

/** A version to fetch. */
export interface FetchedVersion {
  readonly groupId: string;
  readonly fileName: string;
  readonly version: number;
  readonly manifestId: string;
  readonly sizeBytes: number;
}

interface Fetch {
  readonly version: FetchedVersion;
  readonly done: Promise<void>;
  readonly stop: AbortController;
  callers: number;
}

/** Downloads versions into the folder of kept contents, each content once at a time. They are in no list of downloads. */
export class VersionFetches {
  readonly #session: Session;
  readonly #kept: KeptContents;
  readonly #downloads: FileDownloads;
  readonly #running = new Map<string, Fetch>();
  #isClosed = false;

  constructor(session: Session, kept: KeptContents, downloads: FileDownloads) {
    this.#session = session;
    this.#kept = kept;
    this.#downloads = downloads;
  }

  /** Resolves when the content is kept. A fetch ends when all its callers have aborted. @throws ShoalError errors of downloads, `TIMEOUT`, `ABORTED` */
  async fetch(version: FetchedVersion, signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    if (this.#isClosed) throw new SessionOver();
    const key = `${version.manifestId} ${nameKey(version.groupId)}`;
    const fetch = this.#running.get(key) ?? this.#start(key, version);
    fetch.callers += 1;
    try {
      await untilAborted(fetch.done, signal);
    } finally {
      fetch.callers -= 1;
      if (fetch.callers === 0) fetch.stop.abort();
    }
  }

  /** The user is no longer a member of the group. */
  dropGroup(groupId: string): void {
    const why = `You are no longer a member of ${groupId}: ask to join it again.`;
    for (const { version, stop } of this.#running.values())
      if (nameKey(version.groupId) === nameKey(groupId)) stop.abort(new ShoalError('NOT_A_MEMBER', why));
  }

  /** Removes what an earlier process did not fetch to the end. */
  async removeUnfinished(): Promise<void> {
    const records = this.#session.account.partsOf(OPENED_LINE);
    if (records.length > 0) await this.#downloads.forgetParts(records);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort(new SessionOver());
    await Promise.all(all.map(({ done }) => done.catch(() => {}))); // its callers handle it
  }

  #start(key: string, version: FetchedVersion): Fetch {
    const stop = new AbortController();
    const done = this.#run(version, stop.signal).finally(() => this.#running.delete(key));
    done.catch(() => {}); // the callers handle it, unless all have left
    const fetch = { version, done, stop, callers: 0 };
    this.#running.set(key, fetch);
    return fetch;
  }

  async #run({ groupId, fileName, version, manifestId }: FetchedVersion, signal: AbortSignal): Promise<void> {
    const { contents } = this.#session.library;
    const transfer = this.#downloads.startPart({
      ...{ groupId, fileName, version, path: contents.pathOf(manifestId), overwrite: true, sequential: false },
      replaces: undefined,
      whole: { id: OPENED_LINE, engineId: undefined, root: contents.path },
      record: undefined,
      become: async (record, stamp, manifest) => {
        if (record.manifestId !== manifestId)
          throw new ShoalError('PROTOCOL_ERROR', `The tracker gave another content of ${fileName}: ask its operator.`);
        await this.#kept.add({ groupId: record.groupId, fileName: record.fileName, version, manifest, stamp });
      },
    });
    const silence = new AbortController();
    const why = `Nothing of version ${version} of ${fileName} arrived for ${SILENCE_MS / 1000} s: try again when a member who has it is online.`;
    const timer = setTimeout(() => silence.abort(new ShoalError('TIMEOUT', why)), SILENCE_MS);
    let donePieces = 0;
    const onProgress = () => {
      if (transfer.handle.progress.donePieces === donePieces) return;
      donePieces = transfer.handle.progress.donePieces;
      timer.refresh();
    };
    transfer.handle.on('progress', onProgress);
    try {
      await untilAborted(transfer.handle.done, AbortSignal.any([signal, silence.signal]));
    } catch (error) {
      throw reasonOf([signal, silence.signal]) ?? error;
    } finally {
      clearTimeout(timer);
      transfer.handle.off('progress', onProgress);
      await this.#end(transfer);
    }
  }

  /** Removes the transfer, and what an incomplete one left. */
  async #end(transfer: FileTransfer): Promise<void> {
    await this.#downloads.dropPart(transfer);
    const { record } = transfer;
    if (record && !transfer.handle.isComplete) await this.#downloads.forgetParts([record]);
  }
}

/** The reason why one of the signals was aborted, if it is an error of its own. */
function reasonOf(signals: readonly AbortSignal[]): ShoalError | undefined {
  for (const { reason } of signals) if (reason instanceof ShoalError) return reason;
  return undefined;
}
