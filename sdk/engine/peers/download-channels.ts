import { FrameError, type Manifest, type RequesterFrame } from '../../protocol/index.js';
import { Bitfield } from '../../transfer/index.js';
import type { ChannelHandler } from './channel-handler.js';

/** A file that is requested on a connection. */
export interface DownloadChannel {
  readonly handler: ChannelHandler;
  /** The peer's bitfield as an earlier session knows it. The peer's answer here is added to it. */
  readonly known: Bitfield | undefined;
  opened: boolean;
  pieces: Bitfield | undefined;
}

/** What the channels need from their connection. */
export interface DownloadChannelsContext {
  /** The ticket of a group; undefined while there is none: channels then wait to be opened. */
  ticketFor(groupId: string): string | undefined;
  send(frame: RequesterFrame): void;
}

/** The channels of one connection, and the tickets that were presented for them. */
export class DownloadChannels {
  readonly #context: DownloadChannelsContext;
  readonly #channels = new Map<number, DownloadChannel>();
  readonly #shown = new Map<string, string>();
  /** The ticket of each group that the peer rejected. */
  readonly #refused = new Map<string, string>();
  /** The highest number that was assigned. */
  #last = 0;

  constructor(context: DownloadChannelsContext) {
    this.#context = context;
  }

  get hasShownTicket(): boolean {
    return this.#shown.size > 0;
  }

  get(channel: number): DownloadChannel | undefined {
    return this.#channels.get(channel);
  }

  manifestOf(channel: number): Manifest | undefined {
    return this.#channels.get(channel)?.handler.manifest;
  }

  /** Whether a channel existed and has been closed. */
  wasClosed(channel: number): boolean {
    return channel <= this.#last && !this.#channels.has(channel);
  }

  /** Adds the channel of a file under its number; `openWaiting` opens it. */
  add(number: number, handler: ChannelHandler, known: Bitfield | undefined): void {
    this.#last = Math.max(this.#last, number);
    this.#channels.set(number, { handler, known, opened: false, pieces: undefined });
  }

  /**
   * Stores the peer's bitfield of a file, and passes it to the handler; only what is new, if an earlier session had one.
   * @throws FrameError if it was sent before, or if its length does not fit the file
   */
  setPieces(channel: DownloadChannel, bits: Uint8Array, pieceCount: number): void {
    const { handler, known } = channel;
    if (channel.pieces || pieceCount !== handler.manifest.pieceCount)
      throw new FrameError('a piece map that fits no file');
    const pieces = readPieceMap(bits, pieceCount);
    channel.pieces = known ?? pieces;
    if (!known) handler.onPieceMap(pieces);
    else for (const piece of pieces) if (known.set(piece)) handler.onHave(piece);
  }

  delete(channel: number): boolean {
    return this.#channels.delete(channel);
  }

  /** Opens a channel. If the group's newest ticket was not presented yet, it is, and all channels of the group that wait are opened. */
  open(channel: number): void {
    const added = this.#channels.get(channel);
    if (!added) return;
    const { groupId } = added.handler;
    const ticket = this.#ticketFor(groupId);
    if (ticket !== undefined && this.#shown.get(groupId) === ticket) this.#openNow(channel, added);
    else this.openWaiting(groupId);
  }

  /** A first or newer ticket arrived: it is presented if a channel of its group exists. */
  onTicket(groupId: string): void {
    if ([...this.#channels.values()].some(({ handler }) => handler.groupId === groupId)) this.openWaiting(groupId);
  }

  /** The peer rejected the group's ticket: it is not presented again. */
  onTicketRefused(groupId: string): void {
    const ticket = this.#shown.get(groupId);
    if (ticket !== undefined) this.#refused.set(groupId, ticket);
  }

  openWaiting(groupId: string): void {
    const ticket = this.#ticketFor(groupId);
    if (ticket === undefined) return;
    if (this.#shown.get(groupId) !== ticket) {
      this.#shown.set(groupId, ticket);
      this.#context.send({ type: 'ticket', ticket });
    }
    for (const [number, channel] of this.#channels)
      if (!channel.opened && channel.handler.groupId === groupId) this.#openNow(number, channel);
  }

  #ticketFor(groupId: string): string | undefined {
    const ticket = this.#context.ticketFor(groupId);
    return ticket === this.#refused.get(groupId) ? undefined : ticket;
  }

  #openNow(number: number, channel: DownloadChannel): void {
    const { groupId, manifest } = channel.handler;
    channel.opened = true;
    this.#context.send({ type: 'open', channel: number, manifestId: manifest.id, groupId });
  }
}

function readPieceMap(bits: Uint8Array, pieceCount: number): Bitfield {
  try {
    return Bitfield.fromBytes(bits, pieceCount);
  } catch {
    throw new FrameError('a piece map with spare bits set');
  }
}
