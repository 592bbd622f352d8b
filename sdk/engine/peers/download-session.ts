import {
  encodeFrame,
  FrameError,
  MAX_WANTED_PIECES,
  type RequesterFrame,
  type ServerFrame,
} from '../../protocol/index.js';
import type { Bitfield, PieceRange } from '../../transfer/index.js';
import type { PieceBuffers } from '../storage/disk-workers/piece-buffers.js';
import type { PeerStream } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { DialOutcome } from '../ways/dial-guard.js';
import type { FoundRoute } from '../ways/route-search.js';
import type { ChannelHandler, ConnectionEnd } from './channel-handler.js';
import { ChannelReceivers } from './channel-receivers.js';
import { DownloadChannels } from './download-channels.js';
import { FrameReader } from './frame-reader.js';
import { RedundantMessages } from './redundant-messages.js';
import { type RequestedPiece, RequestSender } from './request-sender.js';

export interface SessionContext {
  readonly clock: Clock;
  readonly buffers: PieceBuffers;
  /** The ticket of a group; undefined while there is none: channels then wait for `showTicket`. */
  ticketFor(groupId: string): string | undefined;
  /** Unanswered blocks of the connection that were requested one by one. */
  blocksOwed(): number;
  /** The peer's bitfield of a channel arrived. */
  onPieceMap(session: DownloadSession, channel: number): void;
  /** The peer refused a channel. */
  onRefused(channel: number, reason: ConnectionEnd): void;
  onEnd(session: DownloadSession, reason: ConnectionEnd): void;
}

const PING_EVERY_MS = 30_000;
const SILENT_FOR_MS = 75_000;
/** A peer that owes answers is pinged after this silence. If it does not answer that ping, it counts as mute. */
const OWES_PING_AFTER_MS = 2000;
/** A peer that hangs up sooner and sent no file data counts as a failed dial. */
const SHORT_LIVED_MS = 10_000;

/** One stream to a peer, with the channels that are open on it. A connection has one, and two while it moves to another way. */
export class DownloadSession {
  readonly route: FoundRoute;
  /** The requests on all channels. */
  readonly requests: RequestSender;
  readonly #context: SessionContext;
  readonly #stream: PeerStream;
  readonly #channels: DownloadChannels;
  readonly #receiver: ChannelReceivers;
  readonly #redundant: RedundantMessages;
  readonly #reader: FrameReader;
  readonly #sinceMs: number;
  #isPaused = false;
  #isOver = false;
  #heardAnything = false;
  #lastHeardMs: number;
  #lastPingMs: number;
  /** When the first ping was sent that is not answered. */
  #askedMs: number | undefined;

  constructor(route: FoundRoute, context: SessionContext) {
    this.route = route;
    this.#context = context;
    this.#sinceMs = context.clock.nowMs();
    this.#lastHeardMs = this.#sinceMs;
    this.#lastPingMs = this.#sinceMs;
    this.#redundant = new RedundantMessages(context.clock);
    this.#channels = new DownloadChannels({
      ticketFor: (groupId) => context.ticketFor(groupId),
      send: (frame) => this.#send(frame),
    });
    this.#receiver = new ChannelReceivers(
      (channel, piece) => this.#claim(channel, piece),
      (channel) => this.#channels.wasClosed(channel),
      context.buffers,
    );
    this.#reader = new FrameReader(this.#receiver, context.clock, (frame) => this.#onFrame(frame));
    this.requests = new RequestSender({
      send: (frame) => this.#send(frame),
      manifestOf: (channel) => this.#channels.manifestOf(channel),
      drop: (channel, piece) => this.#receiver.drop(channel, piece),
      blocksOwed: () => context.blocksOwed(),
    });
    this.#stream = route.bind({
      nextRead: () => this.#reader.nextRead(),
      onRead: (count) => {
        this.#onRead(count);
        return this.#mayReadOn();
      },
      onClosed: (reason) => {
        this.#onHangUp(reason ?? 'the source hung up');
        this.#receiver.close();
      },
    });
  }

  /** Whether no request is unanswered and no piece is half received. */
  get isDrained(): boolean {
    return this.requests.isIdle && this.#receiver.unfinished.length === 0;
  }

  /** Whether it has not answered a ping for `patienceMs`. */
  isMute(nowMs: number, patienceMs: number): boolean {
    return !this.#isPaused && this.#askedMs !== undefined && nowMs - this.#askedMs >= patienceMs;
  }

  /** When the last data arrived, or reading was resumed. */
  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  /** Whether a channel is open here. */
  has(channel: number): boolean {
    return this.#channels.get(channel) !== undefined;
  }

  /** Adds a channel and opens it, once there is a ticket. @param known the peer's bitfield as an earlier session knows it */
  open(number: number, handler: ChannelHandler, known?: Bitfield): void {
    this.#channels.add(number, handler, known);
    this.#channels.open(number);
  }

  /** The peer's bitfield of a file; undefined until it arrives. */
  piecesOf(channel: number): Bitfield | undefined {
    return this.#channels.get(channel)?.pieces;
  }

  /** Closes a channel, if it is open here. */
  close(channel: number): void {
    const { pieceCount = 0 } = this.#channels.get(channel)?.handler.manifest ?? {};
    if (!this.#channels.delete(channel)) return;
    this.#redundant.allow(pieceCount);
    this.#forget(channel);
    this.#send({ type: 'close', channel });
  }

  /** Announces the pieces that are needed first, unless the peer announced all. */
  want(channel: number, { first, end }: PieceRange): void {
    const pieces = this.#channels.get(channel)?.pieces;
    if (!pieces || pieces.isComplete) return;
    let piece = first;
    while (piece < end && pieces.has(piece)) piece++;
    if (piece < end) this.#send({ type: 'want', channel, piece, count: Math.min(end - piece, MAX_WANTED_PIECES) });
  }

  showTicket(groupId: string): void {
    this.#channels.onTicket(groupId);
  }

  /** Finds out whether the stream still works. */
  ping(): void {
    this.#lastPingMs = this.#context.clock.nowMs();
    this.#askedMs ??= this.#lastPingMs;
    this.#send({ type: 'ping', nonce: this.#lastPingMs >>> 0 });
  }

  /** Keeps the stream alive, and ends it if the peer is silent; called about every second. */
  tick(nowMs: number): void {
    this.#receiver.tell();
    const quietMs = nowMs - Math.max(this.#lastHeardMs, this.#lastPingMs);
    if (nowMs - this.#lastHeardMs > SILENT_FOR_MS) this.end({ kind: 'lost', message: 'the source fell silent' });
    else if (quietMs > PING_EVERY_MS || (quietMs > OWES_PING_AFTER_MS && this.#isWaited)) this.ping();
  }

  /** Removes what the peer still owes: the pieces that were requested or are half received. */
  takeOwed(): RequestedPiece[] {
    const halfway = this.#receiver.unfinished;
    for (const { channel, piece } of halfway) this.#receiver.drop(channel, piece);
    return [...halfway, ...this.requests.takeAll()];
  }

  end(reason: ConnectionEnd, outcome = this.#outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.destroy();
    this.route.ended(outcome);
    this.#context.onEnd(this, reason);
  }

  /** Ends because nobody needs it any more. */
  destroy(): void {
    this.end({ kind: 'lost', message: 'closed' }, this.#outcome === 'worked' ? 'worked' : 'unused');
  }

  /** Whether answers are due that the peer can give: reading is not paused, and the last ping was answered. */
  get #isWaited(): boolean {
    return !this.#isPaused && this.#askedMs === undefined && !this.isDrained;
  }

  /** A peer that rejects the ticket resets the connection if it has not read everything sent after the ticket. */
  #onHangUp(message: string): void {
    const turnedAway = this.#channels.hasShownTicket && !this.#heardAnything;
    this.end(turnedAway ? { kind: 'turnedAway' } : { kind: 'lost', message });
  }

  #send(frame: RequesterFrame): void {
    if (!this.#isOver) this.#stream.write(encodeFrame(frame));
  }

  /** Applies back-pressure: while the disk is behind, reading pauses between pieces, so that the peer's data stays in the socket. */
  #mayReadOn(): boolean {
    const { buffers } = this.#context;
    if (this.#isPaused || !buffers.isBehind || !this.#receiver.isIdle) return !this.#isPaused;
    this.#isPaused = true;
    buffers.whenRoom(() => {
      this.#isPaused = false;
      this.#lastHeardMs = Math.max(this.#lastHeardMs, this.#lastPingMs);
      this.#askedMs = undefined;
      if (!this.#isOver) this.#stream.resume();
    });
    return false;
  }

  #onRead(length: number): void {
    if (this.#isOver) return;
    this.#lastHeardMs = this.#context.clock.nowMs();
    this.#askedMs = undefined;
    this.#heardAnything = true;
    try {
      this.#reader.read(length);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.end({ kind: 'lost', message: `the source broke the protocol: ${error.message}` });
    }
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.type === 'pong') return;
    const channel = this.#channels.get(frame.channel);
    if (!channel) {
      if (frame.type === 'have') this.#redundant.count(); // the channel was closed meanwhile
      return;
    }
    switch (frame.type) {
      case 'pieceMap':
        this.#channels.setPieces(channel, frame.bits, frame.pieceCount);
        this.#context.onPieceMap(this, frame.channel);
        break;
      case 'have':
        if (!channel.pieces || frame.piece >= channel.pieces.length)
          throw new FrameError('a piece that the file has not');
        if (channel.pieces.set(frame.piece)) channel.handler.onHave(frame.piece);
        else this.#redundant.count();
        break;
      case 'refused':
        if (frame.code === 'TICKET_REFUSED') this.#channels.onTicketRefused(channel.handler.groupId);
        this.#channels.delete(frame.channel);
        this.#forget(frame.channel);
        this.#context.onRefused(frame.channel, { kind: 'refused', code: frame.code });
    }
  }

  /** An answer begins. Returns the handler that wants it. */
  #claim(channel: number, piece: number): ChannelHandler | undefined {
    return this.requests.answerBegins(channel, piece) ? this.#channels.get(channel)?.handler : undefined;
  }

  /** Drops all state of a closed channel. */
  #forget(channel: number): void {
    this.requests.forget(channel);
    this.#receiver.dropChannel(channel);
  }

  /** The outcome if the stream ended now. */
  get #outcome(): DialOutcome {
    const standsMs = this.#context.clock.nowMs() - this.#sinceMs;
    return this.#reader.hasData || standsMs >= SHORT_LIVED_MS ? 'worked' : 'failed';
  }
}
