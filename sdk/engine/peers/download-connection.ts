import {
  encodeFrame,
  FrameError,
  MAX_WANTED_PIECES,
  type RequesterFrame,
  type ServerFrame,
  type Source,
} from '../../protocol/index.js';
import type { PieceRange, ReadonlyBitfield } from '../../transfer/index.js';
import type { PieceBuffers } from '../storage/piece-buffers.js';
import type { Cancel, Clock } from '../util/clock.js';
import type { ChannelHandler, ConnectionEnd } from './channel-handler.js';
import { ChannelReceivers } from './channel-receivers.js';
import type { DialOutcome } from './dial-guard.js';
import { DownloadChannels } from './download-channels.js';
import { FrameReader } from './frame-reader.js';
import { RedundantMessages } from './redundant-messages.js';
import { RequestSender } from './request-sender.js';
import type { PeerStream, PeerTransport } from './transport.js';

export interface DownloadConnectionContext {
  readonly transport: PeerTransport;
  readonly clock: Clock;
  readonly buffers: PieceBuffers;
  /** The ticket of a group; undefined while there is none: channels then wait for `showTicket`. */
  ticketFor(groupId: string): string | undefined;
  /** The dial succeeded or failed. */
  onSettled(): void;
  onEnd(link: DownloadConnection, outcome: DialOutcome): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const PING_EVERY_MS = 30_000;
const SILENT_FOR_MS = 75_000;
/** A peer that hangs up sooner and sent no file data counts as a failed dial. */
const SHORT_LIVED_MS = 10_000;

type State =
  /** Waits until it may be dialled. */
  | { readonly name: 'waiting' }
  | { readonly name: 'connecting'; readonly stream: PeerStream; readonly cancelTimeout: Cancel }
  | { readonly name: 'connected'; readonly stream: PeerStream; readonly sinceMs: number }
  | { readonly name: 'ended' };

/** One connection to a peer. It carries the channels of all files that are fetched from it. */
export class DownloadConnection {
  readonly source: Source;
  /** The requests on all channels. */
  readonly requests: RequestSender;
  /** Number of users that retain the connection, even without an open channel. */
  #users = 0;
  readonly #context: DownloadConnectionContext;
  readonly #channels: DownloadChannels;
  readonly #receiver: ChannelReceivers;
  readonly #redundant: RedundantMessages;
  readonly #reader: FrameReader;
  #isPaused = false;
  #state: State = { name: 'waiting' };
  #heardAnything = false;
  #lastHeardMs = 0;
  #lastPingMs = 0;

  constructor(source: Source, context: DownloadConnectionContext) {
    this.source = source;
    this.#context = context;
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
    });
  }

  get isWaiting(): boolean {
    return this.#state.name === 'waiting';
  }

  /** waiting -> connecting */
  dial(): void {
    if (this.#state.name !== 'waiting') return;
    const { transport, clock } = this.#context;
    const stream = transport.dial(this.source, {
      nextRead: () => this.#reader.nextRead(),
      onRead: (count) => {
        this.#onRead(count);
        return this.#mayReadOn();
      },
      onConnected: () => this.#onConnected(),
      onClosed: (reason) => {
        this.#onHangUp(reason ?? 'the source hung up');
        this.#receiver.close();
      },
    });
    const onTimeout = () => this.#end({ kind: 'lost', message: 'no answer' });
    this.#state = { name: 'connecting', stream, cancelTimeout: clock.after(CONNECT_TIMEOUT_MS, onTimeout) };
  }

  /** waiting -> ended: the dial would have to wait too long. */
  giveUp(): void {
    if (this.isWaiting) this.#end({ kind: 'lost', message: 'it is not to be dialled again so soon' });
  }

  /** Opens a channel for a file. The handler receives the peer's bitfield. */
  open(handler: ChannelHandler): number {
    const channel = this.#channels.add(handler);
    if (this.#state.name === 'connected') this.#channels.open(channel);
    return channel;
  }

  /** The peer's bitfield of a file; undefined until it arrives. */
  piecesOf(channel: number): ReadonlyBitfield | undefined {
    return this.#channels.get(channel)?.pieces;
  }

  /** Closes a channel. Its handler gets no more calls. */
  close(channel: number): void {
    const { pieceCount = 0 } = this.#channels.get(channel)?.handler.manifest ?? {};
    if (!this.#channels.delete(channel)) return;
    this.#redundant.allow(pieceCount);
    this.#forget(channel);
    if (this.#isIdle) this.destroy();
    else this.#send({ type: 'close', channel });
  }

  /** Keeps the connection even while no channel is open. Each call needs one `release`. */
  retain(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    if (this.#isIdle) this.destroy();
  }

  /**
   * Announces the pieces that are needed first. A super-seeding peer may withhold them otherwise; a peer that announced all pieces does
   * not.
   */
  want(channel: number, { first, end }: PieceRange): void {
    const pieces = this.#channels.get(channel)?.pieces;
    if (!pieces || pieces.isComplete) return;
    let piece = first;
    while (piece < end && pieces.has(piece)) piece++;
    if (piece < end) this.#send({ type: 'want', channel, piece, count: Math.min(end - piece, MAX_WANTED_PIECES) });
  }

  /** A first or newer ticket arrived: it is presented, and channels that waited for it are opened. */
  showTicket(groupId: string): void {
    if (this.#state.name === 'connected') this.#channels.onTicket(groupId);
  }

  /** Keeps the connection alive, and ends it if the peer is silent; called about every second. */
  tick(nowMs: number): void {
    if (this.#state.name !== 'connected') return;
    this.#receiver.tell();
    if (nowMs - this.#lastHeardMs > SILENT_FOR_MS) {
      this.#end({ kind: 'lost', message: 'the source fell silent' });
    } else if (nowMs - Math.max(this.#lastHeardMs, this.#lastPingMs) > PING_EVERY_MS) {
      this.#lastPingMs = nowMs;
      this.#send({ type: 'ping', nonce: nowMs >>> 0 });
    }
  }

  destroy(): void {
    this.#end({ kind: 'lost', message: 'closed' }, this.#outcome === 'worked' ? 'worked' : 'unused');
  }

  get #isIdle(): boolean {
    return this.#channels.isEmpty && this.#users === 0;
  }

  /** connecting -> connected */
  #onConnected(): void {
    if (this.#state.name !== 'connecting') return;
    const { stream, cancelTimeout } = this.#state;
    cancelTimeout();
    const nowMs = this.#context.clock.nowMs();
    this.#state = { name: 'connected', stream, sinceMs: nowMs };
    this.#lastHeardMs = nowMs;
    this.#lastPingMs = nowMs;
    this.#context.onSettled();
    this.#channels.openAll();
  }

  /** A peer that rejects the ticket resets the connection if it has not read everything sent after the ticket. */
  #onHangUp(message: string): void {
    const turnedAway = this.#state.name === 'connected' && this.#channels.hasShownTicket && !this.#heardAnything;
    this.#end(turnedAway ? { kind: 'turnedAway' } : { kind: 'lost', message });
  }

  #send(frame: RequesterFrame): void {
    if (this.#state.name === 'connected') this.#state.stream.write(encodeFrame(frame));
  }

  /** Applies back-pressure: while the disk is behind, reading pauses between pieces, so that the peer's data stays in the socket. */
  #mayReadOn(): boolean {
    const { buffers } = this.#context;
    if (this.#isPaused || !buffers.isBehind || !this.#receiver.isIdle) return !this.#isPaused;
    this.#isPaused = true;
    buffers.whenRoom(() => {
      this.#isPaused = false;
      if (this.#state.name === 'connected') this.#state.stream.resume();
    });
    return false;
  }

  #onRead(length: number): void {
    if (this.#state.name === 'ended') return;
    this.#lastHeardMs = this.#context.clock.nowMs();
    this.#heardAnything = true;
    try {
      this.#reader.read(length);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#end({ kind: 'lost', message: `the source broke the protocol: ${error.message}` });
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
        channel.handler.onPieceMap(this.#channels.setPieces(channel, frame.bits, frame.pieceCount));
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
        channel.handler.onClosed({ kind: 'refused', code: frame.code });
        if (this.#isIdle) this.destroy();
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

  #end(reason: ConnectionEnd, outcome = this.#outcome): void {
    const state = this.#state;
    if (state.name === 'ended') return;
    this.#state = { name: 'ended' };
    if (state.name === 'connecting') state.cancelTimeout();
    if (state.name !== 'waiting') state.stream.destroy();
    this.#context.onEnd(this, outcome);
    if (state.name === 'connecting') this.#context.onSettled();
    for (const channel of this.#channels.takeAll()) channel.handler.onClosed(reason);
  }

  /** The outcome if the connection ended now. */
  get #outcome(): DialOutcome {
    const state = this.#state;
    if (state.name === 'waiting') return 'unused';
    if (state.name !== 'connected') return 'failed';
    const standsMs = this.#context.clock.nowMs() - state.sinceMs;
    return this.#reader.hasData || standsMs >= SHORT_LIVED_MS ? 'worked' : 'failed';
  }
}
