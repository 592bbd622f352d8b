import type { EventQueue } from './event-queue.js';

/** How a source treats requesters. */
export type Behaviour =
  /** Sends what is requested. */
  | 'honest'
  /** Sends wrong data now and then. */
  | 'corrupts'
  /** Announces all pieces but has none, and sends noise. */
  | 'lies'
  /** Never answers, or stops in the middle of an answer. */
  | 'stalls'
  /** Leaves at some time, whatever it is doing, and may come back. */
  | 'vanishes'
  /** Sends answers that were not requested, or out of order. */
  | 'breaks';

export const BEHAVIOURS: readonly Behaviour[] = ['honest', 'corrupts', 'lies', 'stalls', 'vanishes', 'breaks'];

/** The downloader's end of a connection to the source. */
export interface Reader {
  onBlock(piece: number, offset: number, bytes: Buffer): void;
  onHangUp(): void;
}

export interface HostileSourceOptions {
  readonly behaviour: Behaviour;
  readonly file: Buffer;
  readonly pieceBytes: number;
  readonly queue: EventQueue;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A source with this behaviour. It answers one request after the other, in blocks of half a piece. */
export class HostileSource {
  readonly behaviour: Behaviour;
  readonly #options: HostileSourceOptions;
  readonly #msPerBlock: number;
  #requests: number[] = [];
  #reader: Reader | undefined;
  #isBusy = false;
  #isStuck = false;

  constructor(options: HostileSourceOptions) {
    this.#options = options;
    this.behaviour = options.behaviour;
    this.#msPerBlock = 1 + options.random() * 400;
  }

  open(reader: Reader): void {
    this.#reader = reader;
    this.#requests = [];
    this.#isStuck = false;
    const { queue, random } = this.#options;
    if (this.behaviour !== 'vanishes') return;
    queue.in(random() * 5000, () => {
      if (this.#reader !== reader) return;
      this.#reader = undefined;
      reader.onHangUp();
    });
  }

  close(): void {
    this.#reader = undefined;
  }

  request(piece: number): void {
    this.#requests.push(piece);
    this.#serve();
  }

  /** An honest source drops requests that it has not begun to answer; others ignore the cancel. */
  cancel(piece: number): void {
    const index = this.#requests.indexOf(piece, 1);
    if (index > 0 && this.behaviour === 'honest') this.#requests.splice(index, 1);
  }

  #serve(): void {
    const [asked] = this.#requests;
    const reader = this.#reader;
    if (this.#isBusy || this.#isStuck || asked === undefined || reader === undefined) return;
    const { random, queue, file, pieceBytes } = this.#options;
    if (this.behaviour === 'stalls' && random() < 0.3) this.#isStuck = true;
    const piece = this.behaviour === 'breaks' && random() < 0.2 ? asked + 1 : asked;
    const begin = piece * pieceBytes;
    const bytes = Buffer.from(file.subarray(begin, begin + pieceBytes));
    if (this.behaviour === 'lies') bytes.fill(random() * 256);
    if (this.behaviour === 'corrupts' && random() < 0.3) {
      const spoilt = Math.floor(random() * bytes.length);
      bytes[spoilt] = (bytes[spoilt] ?? 0) ^ 1;
    }
    const half = Math.ceil(bytes.length / 2);
    const send = (offset: number): void => {
      this.#isBusy = true;
      queue.in(this.#msPerBlock, () => {
        this.#isBusy = false;
        if (this.#reader !== reader) return this.#serve();
        const end = Math.min(offset + half, bytes.length);
        if (end === bytes.length) this.#requests.shift();
        reader.onBlock(piece, offset, bytes.subarray(offset, end));
        if (end === bytes.length) this.#serve();
        else if (!this.#isStuck && this.#reader === reader) send(end);
      });
    };
    if (this.#isStuck && random() < 0.5) return;
    send(0);
  }
}
