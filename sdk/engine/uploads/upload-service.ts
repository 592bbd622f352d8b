import { type ErrorCode, MAX_BLOCK_BYTES, MAX_OUTSTANDING_REQUESTS, PIECE_BYTES } from '../../protocol/index.js';
import { UploadScheduler } from '../../transfer/index.js';
import type { FileUpload } from '../progress.js';
import type { AcceptedStream } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { Access } from './access.js';
import { SendBuffers } from './send-buffers.js';
import type { ServedFile } from './served-file.js';
import { ServedFiles, type ServedFilesContext } from './served-files.js';
import { UploadBudget } from './upload-budget.js';
import { type ServingContext, UploadConnection } from './upload-connection.js';
import { UploadLimiter } from './upload-limiter.js';

/** Peers to send to at a time, unless more fill the line better: found with `npm run sim`. */
const UPLOAD_SLOTS = 4;

export interface UploadServiceOptions extends Pick<ServedFilesContext, 'clock' | 'random' | 'fileAt' | 'onBroken'> {
  readonly access: UploadAccess;
  log(level: 'debug' | 'info' | 'warn', message: string): void;
}

type UploadAccess = Pick<Access, 'admit' | 'holds'>;

/** Serves peers: what there is, to those whose tickets hold, no faster than the limit. */
export class UploadService implements ServingContext {
  readonly access: UploadAccess;
  readonly clock: Clock;
  readonly scheduler: UploadScheduler<UploadConnection>;
  readonly sendBuffers = new SendBuffers();
  readonly servingBudget = new UploadBudget();
  readonly log: UploadServiceOptions['log'];
  /** What is served. */
  readonly files: ServedFiles;
  readonly #limiter: UploadLimiter;
  readonly #connections = new Set<UploadConnection>();

  constructor({ access, clock, random, fileAt, onBroken, log }: UploadServiceOptions) {
    this.access = access;
    this.clock = clock;
    this.log = log;
    this.scheduler = new UploadScheduler<UploadConnection>({
      blockBytes: MAX_BLOCK_BYTES,
      maxBlockBytes: PIECE_BYTES,
      maxQueued: MAX_OUTSTANDING_REQUESTS,
      turnBytes: PIECE_BYTES,
      slots: UPLOAD_SLOTS,
      random,
    });
    this.#limiter = new UploadLimiter(this.scheduler, clock);
    this.files = new ServedFiles({
      ...{ clock, random, fileAt, onBroken },
      onRecounted: (content, code) => {
        for (const connection of this.#connections) connection.refuseContent(content, code);
      },
      onPiece: (content, piece) => {
        for (const connection of this.#connections) connection.announce(content, piece);
      },
    });
  }

  /** A peer connected; one that took too much just before is turned away. */
  accept(stream: AcceptedStream): void {
    if (this.servingBudget.admit(stream.deviceId, this.clock.nowMs()))
      this.#connections.add(new UploadConnection(stream, this));
    else stream.destroy();
  }

  content(groupId: string, manifestId: string): ServedFile | undefined {
    return this.files.get(groupId, manifestId);
  }

  refusalOf(groupId: string, manifestId: string): ErrorCode {
    return this.files.refusalOf(groupId, manifestId);
  }

  /** Sends what the scheduler has for those who can take it. */
  pump(): void {
    this.#limiter.pump();
  }

  onClosed(connection: UploadConnection): void {
    this.#connections.delete(connection);
  }

  /** All peers together get no more than that; undefined: as much as they can take. */
  setLimit(bytesPerSecond: number | undefined): void {
    this.#limiter.setLimit(bytesPerSecond);
  }

  /** What each peer has got of each file that it has open. */
  uploads(nowMs: number): FileUpload[] {
    return [...this.#connections].flatMap((connection) => connection.uploads(nowMs));
  }

  /** Reveals what may be revealed, cuts off who reads nothing, and sends; to be called some times a second. */
  tick(nowMs: number): void {
    this.files.deal(nowMs);
    for (const slow of this.scheduler.review(nowMs)) slow.destroy('does not read what it asked for');
    this.pump();
  }

  /** Closes what no ticket covers any more. Call it about once a second, and at every removal. */
  review(): void {
    this.servingBudget.review(this.clock.nowMs());
    for (const connection of this.#connections) connection.reviewGrants();
  }

  /** Stops sending. */
  close(): void {
    this.#limiter.close();
  }
}
