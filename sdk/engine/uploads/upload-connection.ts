import {
  type BlockRef,
  type ErrorCode,
  encodeFrame,
  FrameDecoder,
  FrameError,
  type FrameSink,
  pieceLength,
  type RequesterFrame,
  type ServerFrame,
  ShoalError,
} from '../../protocol/index.js';
import type { UploadScheduler } from '../../transfer/index.js';
import type { FileUpload } from '../progress.js';
import { lacksDescriptors } from '../storage/parts/open-files.js';
import { StreamHold } from '../transport/stream-hold.js';
import type { AcceptedStream } from '../transport/transport.js';
import type { Clock } from '../util/clock.js';
import type { Access } from './access.js';
import { Admission } from './admission.js';
import { BlockSender } from './block-sender.js';
import type { SendBuffers } from './send-buffers.js';
import type { ServedFile } from './served-file.js';
import { costOf, costOfOpening, LOOK_COST, type UploadBudget } from './upload-budget.js';
import { type OpenContent, UploadChannels } from './upload-channels.js';

/** What a serving connection needs from the engine. */
export interface ServingContext {
  readonly access: Pick<Access, 'admit' | 'holds'>;
  readonly clock: Clock;
  readonly scheduler: UploadScheduler<UploadConnection>;
  readonly sendBuffers: SendBuffers;
  readonly servingBudget: UploadBudget;
  content(groupId: string, manifestId: string): ServedFile | undefined;
  /** The code for a content that is not served. */
  refusalOf(groupId: string, manifestId: string): ErrorCode;
  /** The scheduler has work to send. */
  pump(): void;
  onClosed(connection: UploadConnection): void;
  log(level: 'debug' | 'info' | 'warn', message: string): void;
}

/** Unread bytes of a requester. Beyond it, the connection ends. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A requester pings twice a minute. */
const IDLE_TIMEOUT_MS = 120_000;

/**
 * One connection that serves pieces. It sends nothing before a valid ticket, and data of a group only to a peer with a
 * valid ticket for it.
 */
export class UploadConnection implements FrameSink {
  readonly #stream: AcceptedStream;
  readonly #context: ServingContext;
  readonly #decoder = new FrameDecoder('requester', this);
  readonly #admission: Admission;
  readonly #channels: UploadChannels;
  readonly #hold: StreamHold;
  readonly #sender: BlockSender;
  #closed = false;
  /** Cost of the requester that is not charged yet. */
  #cost = 0;

  constructor(stream: AcceptedStream, context: ServingContext) {
    const { deviceId } = stream;
    this.#stream = stream;
    this.#context = context;
    this.#hold = new StreamHold(stream, context.clock);
    this.#channels = new UploadChannels({
      clock: context.clock,
      send: (frame) => this.#send(frame),
      onClosed: (channel) => {
        context.scheduler.cancelChannel(this, channel);
        context.servingBudget.closed(deviceId);
      },
    });
    this.#sender = new BlockSender({
      ...{ stream, channels: this.#channels, buffers: context.sendBuffers, clock: context.clock },
      onWritable: (nowMs) => context.scheduler.setWritable(this, true, nowMs),
      pump: () => context.pump(),
      log: (message) => context.log('debug', `${message} (for device ${deviceId.slice(0, 12)})`),
    });
    this.#admission = new Admission(context, deviceId, (why) => this.destroy(why));
    context.scheduler.add(this);
    stream.start({
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      onBytes: (chunk) => this.#onData(chunk),
      onIdle: () => this.destroy('was idle'),
      onClosed: (reason) => this.destroy(reason ?? 'hung up'),
    });
  }

  /** The device that downloads. */
  get deviceId(): string {
    return this.#stream.deviceId;
  }

  /** Sends the next part of a request, one at a time, so that a slow reader takes the memory of one buffer. */
  sendBlock(ref: BlockRef): void {
    this.#sender.send(ref);
  }

  /** Announces a new piece on the channels of its content. */
  announce(content: ServedFile, piece: number): void {
    this.#channels.announce(content, piece);
  }

  /** Closes the channels of a content. */
  refuseContent(content: ServedFile, code: ErrorCode): void {
    this.#channels.refuse(content, code);
  }

  /** Closes what no ticket covers any more. Call it about once a second, and at every removal. */
  reviewGrants(): void {
    for (const groupId of this.#admission.review()) this.#channels.refuseGroup(groupId, 'TICKET_REFUSED');
  }

  /** The uploads of the files that the requester has open. */
  uploads(nowMs: number): FileUpload[] {
    return this.#channels.served.map((open) => ({
      groupId: open.content.groupId,
      manifestId: open.content.manifest.id,
      deviceId: this.deviceId,
      userId: this.#admission.userOf(open.content.groupId) ?? '',
      bytes: open.sentBytes,
      bytesPerSecond: open.bytesPerSecond(nowMs),
    }));
  }

  destroy(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#admission.close();
    this.#sender.close();
    this.#hold.end();
    this.#channels.closeAll();
    this.#context.scheduler.remove(this);
    this.#stream.destroy();
    this.#context.log('debug', `device ${this.deviceId.slice(0, 12)} ${why}`);
    this.#context.onClosed(this);
  }

  #onData(chunk: Buffer): void {
    this.#carryOut(() => this.#decoder.push(chunk));
  }

  /** Processes frames, and pauses reading until the budget allows more. */
  #carryOut(frames: () => void): void {
    try {
      frames();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.destroy(`broke the protocol: ${error.message}`);
    }
    if (this.#closed || this.#cost === 0) return;
    const { users } = this.#admission;
    const waitMs = this.#context.servingBudget.spend(this.deviceId, users, this.#cost, this.#context.clock.nowMs());
    this.#cost = 0;
    if (waitMs > 0) this.#hold.rest(waitMs);
  }

  frame(frame: RequesterFrame): void {
    if (this.#closed || this.#admission.holdsBack(frame)) return;
    if (!this.#admission.isAdmitted && frame.type !== 'ticket')
      throw new FrameError('spoke before it had shown a ticket');
    this.#cost += costOf(frame);
    switch (frame.type) {
      case 'ticket':
        void this.#admit(frame.ticket);
        break;
      case 'open':
        this.#openChannel(frame.channel, frame.groupId, frame.manifestId);
        break;
      case 'close':
        this.#channels.close(frame.channel);
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
        this.#send({ type: 'pong', nonce: frame.nonce });
    }
  }

  dataStart(): void {
    throw new FrameError('a requester sends no file data');
  }

  data(): void {
    throw new FrameError('a requester sends no file data');
  }

  async #admit(ticket: string): Promise<void> {
    this.#hold.take();
    const held = await this.#admission.check(ticket);
    if (!held) return;
    this.#stream.admit();
    this.#carryOut(() => {
      for (const frame of held) this.frame(frame); // a further ticket holds back what follows it
    });
    this.#hold.release();
  }

  #openChannel(channel: number, groupId: string, manifestId: string): void {
    if (!this.#admission.covers(groupId)) throw new FrameError('opened a file without a ticket for its group');
    if (!this.#channels.isFree(channel)) throw new FrameError('opened too much');
    const content = this.#context.content(groupId, manifestId);
    if (!content) {
      this.#send({ type: 'refused', channel, code: this.#context.refusalOf(groupId, manifestId) });
    } else if (!this.#channels.takes(content) || !this.#context.servingBudget.opened(this.deviceId)) {
      this.#send({ type: 'refused', channel, code: 'RATE_LIMITED' });
    } else {
      this.#cost += costOfOpening(content.pieces.length);
      this.#channels.open(channel, content);
    }
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
    const { piece, offset, length } = frame;
    if (piece >= content.pieces.length || !content.pieces.has(piece))
      throw new FrameError('asked for a piece that is not there');
    if (offset + length > pieceLength(content.manifest, piece)) throw new FrameError('asked for bytes behind the end');
    if (open.takeSent(piece)) this.#lookAgain(open, frame);
    else this.#enqueue(open, frame);
  }

  #enqueue(open: OpenContent, { channel, piece, offset, length }: RequesterFrame & { type: 'request' }): void {
    if (this.#channels.get(channel) !== open) return; // refused or closed meanwhile
    if (!this.#context.scheduler.enqueue(this, { channel, piece, offset, length }))
      throw new FrameError('asked for too much at once');
    open.content.onRequested(open, piece, offset, length);
    this.#context.pump();
  }

  /** A requester that asks again for a sent piece may have found it wrong: verify it before sending it again. */
  #lookAgain(open: OpenContent, frame: RequesterFrame & { type: 'request' }): void {
    this.#cost += LOOK_COST;
    const onWrong = (thrown: unknown) => {
      if (lacksDescriptors(thrown))
        this.#enqueue(open, frame); // it is read later
      else this.#channels.refuse(open.content, ShoalError.from(thrown, 'DISK_ERROR').code);
    };
    try {
      const looking = open.content.recheck(frame.piece);
      if (!looking) this.#enqueue(open, frame);
      else
        looking.then(
          () => this.#carryOut(() => this.#enqueue(open, frame)),
          (error: unknown) => this.#carryOut(() => onWrong(error)),
        );
    } catch (error) {
      if (error instanceof FrameError) throw error;
      onWrong(error);
    }
  }

  #send(frame: ServerFrame): void {
    if (this.#closed) return;
    this.#stream.write(encodeFrame(frame));
    if (this.#stream.unsentBytes > MAX_UNREAD_BYTES) this.destroy('does not read what it asked for');
  }
}
