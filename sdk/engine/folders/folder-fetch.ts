import type { Source } from '../../protocol/index.js';
import { SmallFilePlan } from '../../transfer/index.js';
import type { Limited } from '../fetching/download-limiter.js';
import { describeEnd, nameOf, newDownloadPeer } from '../fetching/download-peer.js';
import { LimitedRequests } from '../fetching/limited-requests.js';
import type { TaskContext } from '../fetching/task-context.js';
import { type ChannelHandler, type ConnectionEnd, isTicketRefused } from '../peers/channel-handler.js';
import type { SourceProgress } from '../progress.js';
import type { BatchFile } from './folder-batch.js';
import { type FolderPeer, FolderPeers } from './folder-peers.js';

/** What the context of a download has, as far as fetching needs it. */
export type FetchContext = Pick<TaskContext, 'buffers' | 'pacer' | 'link' | 'ticketRefused' | 'log'>;

interface FetchListener {
  /** Whether there is room for more. */
  hasRoom(): boolean;
  /** The content of a file came; whether it is right, so that its source is. `bytes` is only valid during the call. */
  onContent(file: BatchFile, bytes: Buffer): boolean;
  /** All is done that follows from a file's content. */
  onSettled(file: BatchFile): void;
  /** Nobody is left who might have the file. */
  onStray(file: BatchFile): void;
}

/**
 * Fetches small files, many at once: the plan decides who is asked for what, and each file has a channel of its own, so that
 * many are asked for on one connection.
 */
export class FolderFetch implements Limited {
  readonly #groupId: string;
  readonly #context: FetchContext;
  readonly #listener: FetchListener;
  readonly #plan = new SmallFilePlan(Math.random);
  readonly #sources = new FolderPeers();
  readonly #wanted = new Map<number, BatchFile>();
  readonly #held = new LimitedRequests((ask) => this.#plan.held(ask.number, Date.now()));
  #isOver = false;

  constructor(groupId: string, context: FetchContext, listener: FetchListener) {
    this.#groupId = groupId;
    this.#context = context;
    this.#listener = listener;
    context.pacer.set(this, {});
  }

  /** Devices that may be asked; undefined stands for one that was banned. */
  sourcesFor(devices: readonly Source[]): (FolderPeer | undefined)[] {
    return devices.map((source) => this.#sources.add(source));
  }

  /** A file is wanted; it is asked for at the next `assign`. */
  want(file: BatchFile, sources: readonly (FolderPeer | undefined)[]): void {
    this.#wanted.set(file.number, file);
    this.#plan.want(
      file.number,
      file.manifest.sizeBytes,
      sources.flatMap((source) => source?.number ?? []),
    );
  }

  ask(maxBytes: number): number {
    return this.#held.ask(maxBytes, this.#context.pacer.rateOf(this) ?? Infinity);
  }

  askAll(): void {
    this.#held.askAll();
    this.assign();
  }

  /** Asks for as much as sources take and there is room for, and tells of what nobody has. */
  assign(): void {
    if (this.#isOver) return;
    const asks = this.#listener.hasRoom() ? this.#plan.assign(Date.now()) : [];
    for (const { source, file } of asks) {
      const entry = this.#sources.byNumber(source);
      const wanted = this.#wanted.get(file);
      if (entry && wanted) this.#open(entry, wanted);
    }
    for (const number of this.#plan.takeStrays()) {
      const file = this.#wanted.get(number);
      this.#wanted.delete(number);
      if (file) this.#listener.onStray(file);
    }
  }

  /** Takes back what stalls; to be called some times a second. */
  tick(nowMs: number): void {
    this.#held.tellHeld();
    const { withdrawn, dead } = this.#plan.expire(nowMs);
    for (const { file } of withdrawn) this.#closeChannel(this.#wanted.get(file));
    for (const number of dead) this.#drop(number, 'it does not answer');
    this.assign();
  }

  report(nowMs: number): SourceProgress[] {
    return this.#sources.report(this.#plan, nowMs);
  }

  end(): void {
    this.#isOver = true;
    this.#context.pacer.remove(this);
    for (const file of this.#wanted.values()) this.#closeChannel(file);
    this.#wanted.clear();
    this.#sources.letGoAll();
  }

  #open(entry: FolderPeer, file: BatchFile): void {
    const link = this.#context.link(entry.source);
    this.#sources.use(entry, link);
    const channel = link.open(this.#handlerFor(entry, file));
    const { source, number } = entry;
    file.ask = newDownloadPeer(source, number, { name: 'linked', link, channel });
  }

  #handlerFor(entry: FolderPeer, file: BatchFile): ChannelHandler {
    const heard = (bytes: number) => this.#plan.heard(entry.number, bytes, Date.now());
    return {
      groupId: this.#groupId,
      manifest: file.manifest,
      onPieceMap: (pieces) => {
        heard(0);
        if (pieces.has(0)) this.#request(file);
      },
      onHave: () => {
        heard(0);
        this.#request(file);
      },
      onAnswer: () => heard(0),
      onBytes: (count) => {
        heard(count);
        if (file.ask && this.#held.received(file.ask, count)) this.#context.pacer.pump();
      },
      onPiece: (_piece, buffer) => {
        this.#onContent(entry, file, buffer.bytes.subarray(0, file.manifest.sizeBytes));
        this.#context.buffers.giveBack(buffer);
      },
      onClosed: (reason) => this.#onClosed(entry, file, reason),
    };
  }

  #request({ ask, manifest }: BatchFile): void {
    if (ask?.state.name !== 'linked') return;
    if (this.#context.pacer.rateOf(this) === undefined) {
      ask.state.link.requests.request(ask.state.channel, 0);
      return;
    }
    this.#held.add(ask, 0, manifest.sizeBytes);
    this.#context.pacer.pump();
  }

  #onContent(entry: FolderPeer, file: BatchFile, bytes: Buffer): void {
    if (file.ask) this.#held.finish(file.ask, 0);
    if (!this.#listener.onContent(file, bytes)) {
      this.#onWrong(entry, file);
      return;
    }
    entry.bytes += bytes.length;
    entry.files++;
    this.#plan.received(file.number, Date.now());
    this.#wanted.delete(file.number);
    this.assign(); // before this channel closes: the next ones open
    this.#closeChannel(file);
    this.#listener.onSettled(file);
  }

  /** Asked once more, an honest source looks at its own file first, and says that it was changed; a liar does not. */
  #onWrong(entry: FolderPeer, file: BatchFile): void {
    if (!file.ask || file.ask.erredAtMs !== undefined) {
      this.#ban(entry, file);
      return;
    }
    file.ask.erredAtMs = Date.now();
    this.#request(file);
  }

  #ban(entry: FolderPeer, file: BatchFile): void {
    entry.isBanned = true;
    this.#context.log('warn', `${nameOf(entry)} sent a wrong ${file.path}: banned for this folder`);
    this.#drop(entry.number, undefined);
    this.assign();
  }

  #onClosed(entry: FolderPeer, file: BatchFile, reason: ConnectionEnd): void {
    if (file.ask?.number !== entry.number) return;
    this.#forgetAsk(file);
    const isTicket = isTicketRefused(reason);
    if (isTicket) this.#context.ticketRefused(this.#groupId);
    if (reason.kind === 'refused' && !isTicket) this.#plan.refused(entry.number, file.number);
    else this.#drop(entry.number, describeEnd(reason));
    this.assign();
  }

  /** The source is not asked any more for what is wanted of it now. */
  #drop(number: number, why: string | undefined): void {
    const entry = this.#sources.byNumber(number);
    for (const file of this.#plan.drop(number)) this.#closeChannel(this.#wanted.get(file));
    if (!entry) return;
    this.#sources.letGo(entry);
    if (why) this.#context.log('debug', `source ${nameOf(entry)}: ${why}`);
  }

  #closeChannel(file: BatchFile | undefined): void {
    const ask = file?.ask;
    if (!file || ask?.state.name !== 'linked') return;
    this.#forgetAsk(file);
    ask.state.link.close(ask.state.channel);
  }

  #forgetAsk(file: BatchFile): void {
    if (file.ask) this.#held.drop(file.ask);
    file.ask = undefined;
  }
}
