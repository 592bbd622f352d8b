import { type ErrorCode, MAX_CHANNELS, type ServerFrame } from '../../protocol/index.js';
import { RateMeter } from '../../transfer/index.js';
import type { Clock } from '../util/clock.js';
import type { Reader, ServedFile } from './served-file.js';

/** Time constant of an upload's rate. */
const RATE_TIME_MS = 2000;
/** Channels of one connection with the same content of several pieces: each gets every announcement. */
const MAX_CHANNELS_A_CONTENT = 16;
/** Recently sent pieces that are verified if the requester asks for them again. */
const MAX_REMEMBERED = 256;

/** What the channels of a connection need from it. */
export interface ChannelsContext {
  readonly clock: Clock;
  send(frame: ServerFrame): void;
  /** Nothing more is sent on the channel. */
  onClosed(channel: number): void;
}

/** A content that the requester has open, on one or more channels, with its state. */
export class OpenContent implements Reader {
  readonly content: ServedFile;
  readonly channels = new Set<number>();
  readonly #context: ChannelsContext;
  readonly #rate = new RateMeter(RATE_TIME_MS);
  readonly #sent = new Set<number>();
  sentBytes = 0;

  constructor(content: ServedFile, context: ChannelsContext) {
    this.content = content;
    this.#context = context;
    this.#rate.restart(context.clock.nowMs());
  }

  bytesPerSecond(nowMs: number): number {
    return this.#rate.bytesPerSecond(nowMs);
  }

  /** Announces an available piece. */
  reveal(piece: number): void {
    for (const channel of this.channels) this.#context.send({ type: 'have', channel, piece });
  }

  onSent(piece: number, bytes: number, isWhole: boolean): void {
    this.sentBytes += bytes;
    this.#rate.add(bytes, this.#context.clock.nowMs());
    if (!isWhole) return;
    this.#sent.delete(piece);
    this.#sent.add(piece);
    const [oldest] = this.#sent;
    if (this.#sent.size > MAX_REMEMBERED && oldest !== undefined) this.#sent.delete(oldest);
  }

  /** Whether the piece was sent recently, and not verified since. */
  takeSent(piece: number): boolean {
    return this.#sent.delete(piece);
  }
}

/** The files that the requester of one connection has open, by channel number. */
export class UploadChannels {
  readonly #context: ChannelsContext;
  readonly #byNumber = new Map<number, OpenContent>();
  readonly #byContent = new Map<ServedFile, OpenContent>();

  constructor(context: ChannelsContext) {
    this.#context = context;
  }

  get(channel: number): OpenContent | undefined {
    return this.#byNumber.get(channel);
  }

  /** Whether a channel number is free. */
  isFree(channel: number): boolean {
    return !this.#byNumber.has(channel) && this.#byNumber.size < MAX_CHANNELS;
  }

  /** Whether the content may be opened once more. */
  takes(content: ServedFile): boolean {
    const count = this.#byContent.get(content)?.channels.size ?? 0;
    return count < (content.pieces.length > 1 ? MAX_CHANNELS_A_CONTENT : MAX_CHANNELS);
  }

  /** Opens a content, and sends its bitfield. */
  open(channel: number, content: ServedFile): void {
    const known = this.#byContent.get(content);
    const open = known ?? new OpenContent(content, this.#context);
    const pieces = known ? content.shownTo(known) : content.retain(open);
    open.channels.add(channel);
    this.#byNumber.set(channel, open);
    this.#byContent.set(content, open);
    this.#context.send({ type: 'pieceMap', channel, pieceCount: pieces.length, bits: pieces.toBytes() });
    content.deal(this.#context.clock.nowMs());
  }

  /** Closes a channel. Returns false if it was not open. */
  close(channel: number): boolean {
    const open = this.#byNumber.get(channel);
    if (!open) return false;
    this.#byNumber.delete(channel);
    this.#context.onClosed(channel);
    open.channels.delete(channel);
    if (open.channels.size > 0) return true;
    this.#byContent.delete(open.content);
    open.content.release(open);
    open.content.deal(this.#context.clock.nowMs());
    return true;
  }

  closeAll(): void {
    for (const channel of [...this.#byNumber.keys()]) this.close(channel);
  }

  /** Announces a new piece if the content is open. */
  announce(content: ServedFile, piece: number): void {
    this.#byContent.get(content)?.reveal(piece);
  }

  /** Closes the channels of a content with REFUSED. */
  refuse(content: ServedFile, code: ErrorCode): void {
    for (const channel of [...(this.#byContent.get(content)?.channels ?? [])]) {
      this.close(channel);
      this.#context.send({ type: 'refused', channel, code });
    }
  }

  /** Closes the channels of a group with REFUSED. */
  refuseGroup(groupId: string, code: ErrorCode): void {
    for (const content of [...this.#byContent.keys()]) if (content.groupId === groupId) this.refuse(content, code);
  }

  /** The contents of which something was sent. */
  get served(): OpenContent[] {
    return [...this.#byContent.values()].filter(({ sentBytes }) => sentBytes > 0);
  }
}
