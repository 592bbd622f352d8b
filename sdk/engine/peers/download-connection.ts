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
import { IdleTalk } from './idle-talk.js';
import { RequestSender } from './request-sender.js';
import type { PeerStream, PeerTransport } from './transport.js';

export interface DownloadConnectionContext {
  readonly transport: PeerTransport;
  readonly clock: Clock;
  /** Where pieces are gathered. */
  readonly buffers: PieceBuffers;
  /** The ticket to show for a group; undefined while there is none: the link waits for `showTicket`. */
  ticketFor(groupId: string): string | undefined;
  /** It was dialled, and stands now, or is over. */
  onSettled(): void;
  onEnd(link: DownloadConnection, outcome: DialOutcome): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const PING_EVERY_MS = 30_000;
const SILENT_FOR_MS = 75_000;
/** A source that hangs up sooner, and sent nothing of a file, is no better than one that does not answer. */
const SHORT_LIVED_MS = 10_000;

type State =
  /** Until it may be dialled. */
  | { readonly name: 'waiting' }
  | { readonly name: 'connecting'; readonly stream: PeerStream; readonly cancelTimeout: Cancel }
  | { readonly name: 'connected'; readonly stream: PeerStream; readonly sinceMs: number }
  | { readonly name: 'ended' };

/** One connection to a device from which pieces are fetched, for all files that it has for us. */
export class DownloadConnection {
  readonly source: Source;
  /** What is asked for on open channels. */
  readonly requests: RequestSender;
  /** How many keep the connection though nothing may be open on it. */
  #users = 0;
  readonly #context: DownloadConnectionContext;
  readonly #channels: DownloadChannels;
  readonly #receiver: ChannelReceivers;
  readonly #idleTalk: IdleTalk;
  readonly #reader: FrameReader;
  #isPaused = false;
  #state: State = { name: 'waiting' };
  #heardAnything = false;
  #lastHeardMs = 0;
  #lastPingMs = 0;

  constructor(source: Source, context: DownloadConnectionContext) {
    this.source = source;
    this.#context = context;
    this.#idleTalk = new IdleTalk(context.clock);
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

  /** Whether it is not dialled yet. */
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

  /** waiting -> ended: it would have to wait for long. */
  giveUp(): void {
    if (this.isWaiting) this.#end({ kind: 'lost', message: 'it is not to be dialled again so soon' });
  }

  /** Asks for a file; its handler hears what the source holds. */
  open(handler: ChannelHandler): number {
    const channel = this.#channels.add(handler);
    if (this.#state.name === 'connected') this.#channels.open(channel);
    return channel;
  }

  /** What the source has of a file, as far as it said. */
  piecesOf(channel: number): ReadonlyBitfield | undefined {
    return this.#channels.get(channel)?.pieces;
  }

  /** The handler hears no more of this channel. */
  close(channel: number): void {
    const { pieceCount = 0 } = this.#channels.get(channel)?.handler.manifest ?? {};
    if (!this.#channels.delete(channel)) return;
    this.#idleTalk.allow(pieceCount);
    this.#forget(channel);
    if (this.#isIdle) this.destroy();
    else this.#send({ type: 'close', channel });
  }

  /** Keeps the connection while nothing is open on it, too: files come and go. To be met by one `release`. */
  retain(): void {
    this.#users++;
  }

  release(): void {
    this.#users--;
    if (this.#isIdle) this.destroy();
  }

  /** Says which pieces are needed before others, where the source did not say that it has them all: it may hold them back. */
  want(channel: number, { first, end }: PieceRange): void {
    const pieces = this.#channels.get(channel)?.pieces;
    if (!pieces || pieces.isComplete) return;
    let piece = first;
    while (piece < end && pieces.has(piece)) piece++;
    if (piece < end) this.#send({ type: 'want', channel, piece, count: Math.min(end - piece, MAX_WANTED_PIECES) });
  }

  /** A ticket came, or a newer one: it is shown, and what waited for it is asked for. */
  showTicket(groupId: string): void {
    if (this.#state.name === 'connected') this.#channels.onTicket(groupId);
  }

  /** Keeps the connection alive, and ends it when nothing is heard; to be called every second or so. */
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

  /** A source that turns the ticket away resets the connection when it had not read all that was sent behind the ticket. */
  #onHangUp(message: string): void {
    const turnedAway = this.#state.name === 'connected' && this.#channels.hasShownTicket && !this.#heardAnything;
    this.#end(turnedAway ? { kind: 'turnedAway' } : { kind: 'lost', message });
  }

  #send(frame: RequesterFrame): void {
    if (this.#state.name === 'connected') this.#state.stream.write(encodeFrame(frame));
  }

  /** Where pieces are checked and written more slowly than they come, the source has to wait with the next: its bytes stay in the socket. */
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
      if (frame.type === 'have') this.#idleTalk.count(); // closed meanwhile
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
        else this.#idleTalk.count();
        break;
      case 'refused':
        if (frame.code === 'TICKET_REFUSED') this.#channels.onTicketRefused(channel.handler.groupId);
        this.#channels.delete(frame.channel);
        this.#forget(frame.channel);
        channel.handler.onClosed({ kind: 'refused', code: frame.code });
        if (this.#isIdle) this.destroy();
    }
  }

  /** An answer begins; who wants it. */
  #claim(channel: number, piece: number): ChannelHandler | undefined {
    return this.requests.answerBegins(channel, piece) ? this.#channels.get(channel)?.handler : undefined;
  }

  /** Nobody waits for this channel's answers any more. */
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

  /** What the connection was good for, when it ends by itself. */
  get #outcome(): DialOutcome {
    const state = this.#state;
    if (state.name === 'waiting') return 'unused';
    if (state.name !== 'connected') return 'failed';
    const standsMs = this.#context.clock.nowMs() - state.sinceMs;
    return this.#reader.hasData || standsMs >= SHORT_LIVED_MS ? 'worked' : 'failed';
  }
}
