import { basename, dirname } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import { removePartial } from '../../engine/index.js';
import { nameKey, type ShoalError } from '../../protocol/index.js';
import type { Download } from '../api/download.js';
import type { LibraryDownload } from '../library/records/library-schema.js';
import type { Session } from '../session/session.js';
import type { Transfer } from '../transfers/transfer.js';
import type { TransferAbout } from '../transfers/transfer-handle.js';
import type { TransferManager } from '../transfers/transfer-manager.js';
import { paceOf, type TransferTerms } from '../transfers/transfer-terms.js';
import { StopSignals } from '../util/abort.js';
import { DownloadHandle } from './download-handle.js';

/** What a file's transfer depends on. */
export interface FileContext {
  readonly session: Session;
  readonly manager: TransferManager;
  readonly records: { forget(records: readonly LibraryDownload[]): Promise<void> };
  readonly sources: {
    findOrLog(transfer: FileTransfer, record: LibraryDownload): Promise<void>;
    announce(transfer: FileTransfer, record: LibraryDownload): void;
    withdraw(transfer: FileTransfer): void;
    forget(transfer: FileTransfer): void;
  };
  readonly start: { begin(transfer: FileTransfer): Promise<void>; lookUp(transfer: FileTransfer): Promise<void> };
  readonly onChanged: (download: Download) => void;
}

/** Makes something of a complete file other than a share. */
export type Become = (record: LibraryDownload, stamp: FileStamp, manifest: Uint8Array) => Promise<void>;

/** The folder download that a file is a part of, or the line of versions to open. */
export interface Whole {
  readonly id: string;
  /** The id of the folder's current run in the engine. */
  readonly engineId: number | undefined;
  /** The root folder of the tree. Links below it are not followed. */
  readonly root: string;
}

/** The download of one file, with everything that a resume needs. */
export class FileTransfer implements Transfer {
  readonly handle: DownloadHandle;
  readonly destination: string;
  readonly whole: Whole | undefined;
  readonly signals = new StopSignals();
  readonly partsAtOnce = 0;
  /** The version that the user wants; undefined for the newest at the start. */
  readonly version: number | undefined;
  readonly become: Become | undefined;
  overwrite: boolean;
  /** The stamp of the existing file that it replaces without `overwrite`. */
  readonly replaces: FileStamp | undefined;
  /** The id of the current run in the engine; 0 if there is none. */
  engineId = 0;
  /** The record in the library, once destination and content are known. */
  record: LibraryDownload | undefined;
  /** The pending lookup of a queued download. */
  lookingUp: Promise<void> | undefined;
  /** The pending write of record and manifest. Resolves when both are on the disk. */
  saving: Promise<void> = Promise.resolve();
  /** The group whose ticket this download keeps valid. */
  ticketGroup: string | undefined;
  /** While this is set, the engine may still report the download as complete. */
  isStopping = false;
  isResting = false;
  /** Whether the tracker reports its sources although it holds no ticket. */
  isWatched = false;
  readonly #context: FileContext;

  constructor(
    about: TransferAbout & { readonly fileName: string },
    how: {
      readonly overwrite: boolean;
      readonly replaces?: FileStamp | undefined;
      readonly version?: number | undefined;
      readonly whole?: Whole | undefined;
      readonly become?: Become | undefined;
      readonly first: 'starting' | 'queued';
    },
    context: FileContext,
  ) {
    this.#context = context;
    this.destination = about.path;
    this.overwrite = how.overwrite;
    this.replaces = how.replaces;
    this.version = how.version;
    this.whole = how.whole;
    this.become = how.become;
    const { session, manager } = context;
    this.handle = new DownloadHandle(about, how.first, {
      ...manager.actionsOf(() => this),
      pieces: () => session.engine.describeDownload(this.engineId),
      read: (command) => session.engine.send({ ...command, downloadId: this.engineId }),
    });
    this.handle.on('state', () => manager.onState(this));
  }

  get parent(): string | undefined {
    return this.whole?.id;
  }

  get isUnderWay(): boolean {
    return this.engineId > 0;
  }

  begin(): void {
    void this.#context.start.begin(this);
  }

  async lookUp(): Promise<void> {
    this.lookingUp = this.#context.start.lookUp(this);
    await this.lookingUp;
    this.lookingUp = undefined;
  }

  /** Announces the download, and asks for its sources again. */
  async refresh(): Promise<void> {
    const { record } = this;
    if (!record) return;
    if (this.handle.state.name !== 'starting' && !this.isResting) this.#context.sources.announce(this, record);
    await this.#context.sources.findOrLog(this, record);
  }

  async stop(): Promise<void> {
    const { engineId } = this;
    const { session, sources } = this.#context;
    sources.forget(this);
    const saved = this.saving.catch(() => {}); // its starter handles it
    if (engineId === 0) return saved;
    this.isStopping = true;
    sources.withdraw(this);
    await Promise.all([session.engine.stopDownload(engineId), saved]);
    this.isStopping = false;
    if (this.engineId === engineId) this.engineId = 0;
  }

  pace(): void {
    if (this.isUnderWay)
      this.#context.session.engine.send({ type: 'pace', downloadId: this.engineId, ...paceOf(this.handle) });
  }

  remember(changes: Partial<TransferTerms & { paused: boolean }>): void {
    const { donePieces } = this.handle.progress;
    if (this.record) this.#context.session.account.changeDownload(this.record, { ...changes, donePieces });
  }

  replacesFromNow(): void {
    this.overwrite = true;
    if (this.record) this.#context.session.account.changeDownload(this.record, { overwrite: true });
  }

  async forget(): Promise<void> {
    if (this.record) await this.#context.records.forget([this.record]);
  }

  leftovers(): () => Promise<void> {
    const { record } = this;
    return async () => {
      if (!record) return;
      await this.#context.session.hashes.requireAnswer(record.finalPath);
      await removePartial(record.finalPath, record.manifestId);
    };
  }

  fail(error: ShoalError): void {
    this.handle.failed(error);
  }

  /** Reports a change to the application, unless the file is a part of a folder. */
  announce(): void {
    if (!this.whole) this.#context.onChanged(this.handle);
  }

  holds(path: string): boolean {
    return this.handle.isActive && this.record?.finalPath === path;
  }

  /** Whether a call refers to this unfinished download. A call without a version resumes any. */
  is(groupId: string, fileName: string, destination: string, version: number | undefined): boolean {
    const { handle, record } = this;
    if (this.whole || handle.isOver) return false;
    if (version !== undefined && version !== (record?.version ?? this.version)) return false;
    if (nameKey(handle.groupId) !== nameKey(groupId) || nameKey(handle.fileName) !== nameKey(fileName)) return false;
    if (this.destination === destination || record?.finalPath === destination) return true;
    // The call named a folder, and the file is in it.
    return (
      record !== undefined &&
      dirname(record.finalPath) === destination.replace(/\/$/, '') &&
      basename(record.finalPath) !== ''
    );
  }
}
