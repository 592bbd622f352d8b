import type { DownloadSession } from './download-session.js';
import type { RequestedPiece } from './request-sender.js';

/** What the requests of a connection need from it. */
export interface ConnectionRequestsContext {
  sessions(): readonly DownloadSession[];
  /** The session that carries a channel's next request; undefined if the channel is closed. */
  homeOf(channel: number): DownloadSession | undefined;
}

/** The requests of one connection. Each goes to the session that carries its channel. */
export class ConnectionRequests {
  /** Unanswered blocks that were requested one by one. The caller that requests them counts them. */
  blocksOwed = 0;
  readonly #context: ConnectionRequestsContext;
  /** The session on which a channel's piece is requested block by block. */
  readonly #blockSessions = new Map<number, DownloadSession>();

  constructor(context: ConnectionRequestsContext) {
    this.#context = context;
  }

  /** Whether the peer accepts another request now. */
  get hasRoom(): boolean {
    return this.#context.sessions().every(({ requests }) => requests.hasRoom);
  }

  request(channel: number, piece: number): void {
    this.#context.homeOf(channel)?.requests.request(channel, piece);
  }

  cancel(channel: number, piece: number): void {
    for (const { requests } of this.#context.sessions()) requests.cancel(channel, piece);
  }

  /** Requests a block of a piece: its first one, or the one after the channel's last block. */
  requestBlock(channel: number, piece: number, offset: number, length: number): void {
    const home = this.#context.homeOf(channel);
    if (!home) return;
    if (offset === 0) this.#blockSessions.set(channel, home);
    this.#blockSession(channel)?.requests.requestBlock(channel, piece, offset, length);
  }

  /** Cancels one requested block; {@link cancel} cancels the piece. */
  cancelBlock(channel: number, piece: number, offset: number, length: number): void {
    this.#blockSession(channel)?.requests.cancelBlock(channel, piece, offset, length);
  }

  /** Whether blocks of one of these pieces were requested one by one on this session: nothing else can continue them. */
  isBoundTo(session: DownloadSession, channel: number, owed: readonly RequestedPiece[]): boolean {
    return this.#blockSessions.get(channel) === session && owed.some((one) => one.channel === channel);
  }

  /** A channel is closed. */
  forget(channel: number): void {
    this.#blockSessions.delete(channel);
  }

  #blockSession(channel: number): DownloadSession | undefined {
    return this.#blockSessions.get(channel) ?? this.#context.homeOf(channel);
  }
}
