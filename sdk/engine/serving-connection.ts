import type { TLSSocket } from 'node:tls';
import {
  type BlockRef,
  encodeFrame,
  type ErrorCode,
  FrameDecoder,
  FrameError,
  type FrameSink,
  MAX_CHANNELS,
  PIECE_BYTES,
  pieceLength,
  type RequesterFrame,
  type ServerFrame,
  ShoalError,
} from '../protocol/index.js';
import { RateMeter, type UploadScheduler } from '../transfer/index.js';
import type { Access, Grant } from './access.js';
import type { Content, Reader } from './content.js';
import type { ContentUpload } from './progress.js';
import type { SendBuffers } from './send-buffers.js';
import { writeAlone, writeInTurn } from './turn-writes.js';

/** What a serving connection needs of the engine around it. */
export interface ServingContext {
  readonly access: Access;
  readonly scheduler: UploadScheduler<ServingConnection>;
  readonly sendBuffers: SendBuffers;
  content(groupId: string, manifestId: string): Content | undefined;
  /** The scheduler has work that may be sent. */
  pump(): void;
  /** The content turned out not to be what was shared. */
  onBroken(content: Content, error: ShoalError): void;
  /** A ticket that holds was shown. */
  onAdmitted(socket: TLSSocket): void;
  onClosed(connection: ServingConnection): void;
  log(level: 'debug' | 'info' | 'warn', message: string): void;
}

/** A file that the requester has open. */
interface Channel extends Reader {
  readonly content: Content;
  readonly rate: RateMeter;
  sentBytes: number;
}

/** Over which time the speed of an upload is averaged. */
const RATE_TIME_MS = 2000;
/** Bytes that may wait for a reader who takes nothing: beyond, it is cut off. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** From the handshake to a ticket that holds. */
const ADMISSION_TIMEOUT_MS = 10_000;
/** A requester pings twice a minute. */
const IDLE_TIMEOUT_MS = 120_000;

/**
 * One connection on which pieces are served. Nothing at all is sent before a ticket was shown that holds, and nothing of
 * a group's but to those whose ticket for it does.
 */
export class ServingConnection implements FrameSink {
  readonly deviceId: string;
  readonly #socket: TLSSocket;
  readonly #context: ServingContext;
  readonly #decoder = new FrameDecoder('requester', this);
  readonly #grants = new Map<string, Grant>();
  readonly #channels = new Map<number, Channel>();
  readonly #admissionTimer: NodeJS.Timeout;
  /** Frames that came while a ticket was being checked. */
  readonly #held: RequesterFrame[] = [];
  #checking = false;
  #closed = false;

  constructor(socket: TLSSocket, deviceId: string, context: ServingContext) {
    this.#socket = socket;
    this.deviceId = deviceId;
    this.#context = context;
    this.#admissionTimer = setTimeout(() => this.destroy('showed no ticket in time'), ADMISSION_TIMEOUT_MS);
    context.scheduler.add(this);
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_TIMEOUT_MS, () => this.destroy('was idle'));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.once('error', (error: Error) => this.destroy(error.message));
    socket.once('close', () => this.destroy('hung up'));
  }

  /** Sends the next part of a request; one at a time, so that a slow reader holds one buffer of memory. */
  sendBlock(ref: BlockRef): void {
    const channel = this.#channels.get(ref.channel);
    if (!channel || this.#closed) return;
    const { content } = channel;
    const { sendBuffers, scheduler } = this.#context;
    const buffer = sendBuffers.take();
    const { frames, bodies } = buffer.lay(ref);
    try {
      content.read(bodies, ref.piece * PIECE_BYTES + ref.offset);
    } catch (error) {
      sendBuffers.giveBack(buffer);
      this.#context.onBroken(content, ShoalError.from(error, 'DISK_ERROR'));
      scheduler.setWritable(this, true);
      return;
    }
    channel.sentBytes += ref.length;
    channel.rate.add(ref.length, Date.now());
    writeAlone(this.#socket, frames, (error) => {
      if (error || this.#closed) return;
      sendBuffers.giveBack(buffer);
      scheduler.setWritable(this, true, performance.now());
      this.#context.pump();
    });
    content.onSent(ref.piece, ref.offset + ref.length);
  }

  /** Tells of a new piece those channels on which the content is open. */
  announce(content: Content, piece: number): void {
    for (const [channel, open] of this.#channels)
      if (open.content === content) this.#send({ type: 'have', channel, piece });
  }

  /** Closes the channels on which the content is open. */
  refuseContent(content: Content, code: ErrorCode): void {
    for (const [channel, open] of this.#channels) if (open.content === content) this.#refuse(channel, code);
  }

  /** Ends what no ticket covers any more; to be called every second or so, and at every removal. */
  reviewGrants(): void {
    for (const [groupId, grant] of this.#grants) {
      if (this.#context.access.holds(grant)) continue;
      this.#grants.delete(groupId);
      if (this.#grants.size === 0) {
        this.destroy(`may not have ${groupId}'s files any more`);
        return;
      }
      for (const [channel, { content }] of this.#channels) {
        if (content.groupId === groupId) this.#refuse(channel, 'TICKET_REFUSED');
      }
    }
  }

  /** What the requester has got of each file it has open. */
  uploads(nowMs: number): ContentUpload[] {
    const uploads: ContentUpload[] = [];
    for (const { content, rate, sentBytes } of this.#channels.values()) {
      if (sentBytes === 0) continue;
      const { groupId, manifest } = content;
      const userId = this.#grants.get(groupId)?.sub ?? '';
      const bytesPerSecond = rate.bytesPerSecond(nowMs);
      uploads.push({
        groupId,
        manifestId: manifest.id,
        deviceId: this.deviceId,
        userId,
        bytes: sentBytes,
        bytesPerSecond,
      });
    }
    return uploads;
  }

  destroy(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#admissionTimer);
    for (const channel of [...this.#channels.keys()]) this.#closeChannel(channel);
    this.#context.scheduler.remove(this);
    this.#socket.destroy();
    this.#context.log('debug', `device ${this.deviceId.slice(0, 12)} ${why}`);
    this.#context.onClosed(this);
  }

  #onData(chunk: Buffer): void {
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.destroy(`broke the protocol: ${error.message}`);
    }
  }

  frame(frame: RequesterFrame): void {
    if (this.#closed) return;
    if (this.#checking) {
      this.#held.push(frame); // no more than one read's worth: the socket is paused
      return;
    }
    switch (frame.type) {
      case 'ticket':
        void this.#admit(frame.ticket);
        break;
      case 'open':
        this.#openChannel(frame.channel, frame.groupId, frame.manifestId);
        break;
      case 'close':
        this.#closeChannel(frame.channel);
        break;
      case 'request':
        this.#request(frame);
        break;
      case 'want':
        this.#onWanted(frame.channel, frame.piece, frame.count);
        break;
      case 'cancel':
        this.#onCancelled(frame.channel, frame.piece);
        this.#context.scheduler.cancel(this, {
          channel: frame.channel,
          piece: frame.piece,
          offset: frame.offset,
          length: frame.length,
        });
        break;
      case 'ping':
        if (this.#grants.size > 0) this.#send({ type: 'pong', nonce: frame.nonce });
    }
  }

  dataStart(): void {
    throw new FrameError('a requester sends no file data');
  }

  data(): void {
    throw new FrameError('a requester sends no file data');
  }

  async #admit(ticket: string): Promise<void> {
    this.#checking = true;
    this.#socket.pause();
    try {
      const grant = await this.#context.access.admit(ticket, this.deviceId);
      this.#grants.set(grant.grp, grant);
      clearTimeout(this.#admissionTimer);
      this.#context.onAdmitted(this.#socket);
    } catch (error) {
      this.destroy(`was turned away: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    this.#checking = false;
    this.#socket.resume();
    try {
      while (!this.#checking) {
        const next = this.#held.shift();
        if (!next) break;
        this.frame(next);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.destroy(`broke the protocol: ${error.message}`);
    }
  }

  #openChannel(channel: number, groupId: string, manifestId: string): void {
    const grant = this.#grants.get(groupId);
    if (!grant || !this.#context.access.holds(grant))
      throw new FrameError('opened a file without a ticket for its group');
    if (this.#channels.has(channel) || this.#channels.size >= MAX_CHANNELS) throw new FrameError('opened too much');
    const content = this.#context.content(groupId, manifestId);
    if (!content) {
      this.#send({ type: 'refused', channel, code: 'FILE_NOT_FOUND' });
      return;
    }
    const rate = new RateMeter(RATE_TIME_MS);
    rate.restart(Date.now());
    const reveal = (piece: number): void => this.#send({ type: 'have', channel, piece });
    const open: Channel = { content, rate, sentBytes: 0, reveal };
    this.#channels.set(channel, open);
    const pieces = content.retain(open);
    this.#send({ type: 'pieceMap', channel, pieceCount: pieces.length, bits: pieces.toBytes() });
    content.deal(Date.now());
  }

  #onWanted(channel: number, first: number, count: number): void {
    const open = this.#channels.get(channel);
    if (!open) return; // refused or closed meanwhile
    if (first + count > open.content.pieces.length) throw new FrameError('wants pieces that the file has not');
    open.content.onWanted(open, first, count);
  }

  #onCancelled(channel: number, piece: number): void {
    const open = this.#channels.get(channel);
    open?.content.onCancelled(open, piece);
  }

  #request(frame: RequesterFrame & { type: 'request' }): void {
    const open = this.#channels.get(frame.channel);
    if (!open) return; // refused or closed meanwhile
    const { content } = open;
    const { channel, piece, offset, length } = frame;
    if (piece >= content.pieces.length || !content.pieces.has(piece))
      throw new FrameError('asked for a piece that is not there');
    if (offset + length > pieceLength(content.manifest, piece)) throw new FrameError('asked for bytes behind the end');
    if (!this.#context.scheduler.enqueue(this, { channel, piece, offset, length }))
      throw new FrameError('asked for too much at once');
    content.onRequested(open, piece);
    this.#context.pump();
  }

  #refuse(channel: number, code: ErrorCode): void {
    this.#closeChannel(channel);
    this.#send({ type: 'refused', channel, code });
  }

  #closeChannel(channel: number): void {
    const open = this.#channels.get(channel);
    if (!open) return;
    this.#channels.delete(channel);
    this.#context.scheduler.cancelChannel(this, channel);
    open.content.release(open);
    open.content.deal(Date.now());
  }

  #send(frame: ServerFrame): void {
    if (this.#closed) return;
    writeInTurn(this.#socket, encodeFrame(frame));
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.destroy('reads nothing');
  }
}
