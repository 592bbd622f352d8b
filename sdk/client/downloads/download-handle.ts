import type { Readable } from 'node:stream';
import type { EngineEvent, ReaderCommand } from '../../engine/index.js';
import type { ShoalError } from '../../protocol/index.js';
import type {
  DownloadEvents,
  DownloadProgress,
  DownloadResult,
  DownloadState,
  ReadOptions,
  StreamableDownload,
} from '../api/download.js';
import { type TransferAbout, type TransferActions, TransferHandle } from '../transfers/transfer-handle.js';
import { advanced, completed, NO_PROGRESS, restoredProgress } from './download-progress.js';
import { DownloadStreams } from './download-streams.js';

/** The code of `Download.pieces` for a verified piece without a connected source. */
const PIECE_VERIFIED = 2;

/** The actions for the methods of a file's handle. */
export interface DownloadActions extends TransferActions {
  pieces(): Promise<Uint8Array>;
  read(command: ReaderCommand): void;
}

/** The download of one file as the application sees it. */
export class DownloadHandle
  extends TransferHandle<{ readonly name: 'verifying' }, DownloadProgress, DownloadResult, DownloadEvents>
  implements StreamableDownload
{
  readonly #actions: DownloadActions;
  readonly #readers = new DownloadStreams(this, (command) => this.#actions.read(command));

  constructor(
    about: TransferAbout & { readonly fileName: string },
    first: 'starting' | 'queued',
    actions: DownloadActions,
  ) {
    super(about.fileName, about, { state: first, progress: NO_PROGRESS }, actions);
    this.#actions = actions;
  }

  get fileName(): string {
    return this.name;
  }

  async pieces(): Promise<Uint8Array> {
    if (this.isComplete) return new Uint8Array(this.progress.pieceCount).fill(PIECE_VERIFIED);
    return this.#actions.pieces();
  }

  createReadStream(options: ReadOptions = {}): Readable {
    return this.#readers.open(options);
  }

  /** More of the file can be read. */
  readable(event: EngineEvent & { type: 'readable' }): void {
    this.#readers.onReadable(event);
  }

  /** Records what is known before the transfer starts. */
  prepared(path: string, sizeBytes: number, pieceCount: number): void {
    this.placed(path);
    this.setProgress({ ...this.progress, sizeBytes, pieceCount });
  }

  /** Records what an earlier process left. The journal is read later. */
  restored(path: string, sizeBytes: number, donePieces: number): void {
    this.placed(path);
    this.setProgress(restoredProgress(sizeBytes, donePieces));
  }

  /** starting -> downloading @param reusedBytes bytes that came from other local files */
  begun(reusedBytes: number): void {
    this.setProgress({ ...this.progress, reusedBytes });
    this.enterDownloading();
  }

  /** downloading, waiting -> the engine's phase: downloading, waiting or verifying */
  progressed(event: EngineEvent & { type: 'downloadProgress' }): void {
    if (!this.isRunning) return;
    const { phase } = event;
    this.setProgress(advanced(this.progress, event));
    if (this.state.name !== phase && this.state.name !== 'starting') this.enter({ name: phase });
    this.tellProgress(this.progress);
  }

  /** any active state -> complete */
  completed(result: DownloadResult): void {
    this.enterComplete(result, result.path, completed);
  }

  protected override onAbandoned(error: ShoalError): void {
    this.#readers.fail(error);
  }

  protected override tellState(state: DownloadState): void {
    this.emit('state', state);
  }

  protected override tellProgress(progress: DownloadProgress): void {
    this.emit('progress', progress);
  }
}
