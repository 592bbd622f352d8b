import { PIECE_BYTES } from '../../protocol/index.js';

/** Memory for one piece, of `PIECE_BYTES`. Whoever has it gives it back to where it was taken. */
export interface PieceBuffer {
  readonly bytes: Buffer;
  /** Its number in the memory that threads share; undefined where it is this thread's own. */
  readonly slot: number | undefined;
}

/** Pieces that the shared memory holds: 32 MiB, of which a system gives only what was ever used. */
const SLOTS = 64;
/** While pieces in so many of them wait to be written and checked, no more is read from sockets, */
const MAX_UNCHECKED_SHARE = 1 / 2;
/** until so many do. */
const ROOM_SHARE = 3 / 8;
/** Buffers of this thread's own that are kept for the next piece. */
const MAX_SPARE = 8;
const WASM_PAGE_BYTES = 65_536;

/** What is used of it; its types come with those of the browser's page only. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number; shared: boolean }) => { readonly buffer: unknown };
};

/**
 * Memory for pieces on their way from a socket to the disk, which the threads that check them can read as well. The one
 * given back last is taken first: it is likely to be in the processor's cache still. When all are taken there are
 * buffers of this thread's own.
 *
 * Reading waits for pieces that are being written and checked, and for nothing else: those become free whatever the
 * sockets do. A piece that is half received, or held for the whole file's digest, may need more bytes to become free.
 */
export class PieceBuffers {
  readonly memory: SharedArrayBuffer;
  readonly #slots: number;
  readonly #free: PieceBuffer[];
  readonly #spare: PieceBuffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #unchecked = 0;

  constructor(slots = SLOTS) {
    this.#slots = slots;
    this.memory = alignedMemory(slots * PIECE_BYTES);
    this.#free = Array.from({ length: slots }, (_none, slot) => ({ slot, bytes: slotBytes(this.memory, slot) }));
    this.#free.reverse();
  }

  take(): PieceBuffer {
    return this.#free.pop() ?? this.#spare.pop() ?? { slot: undefined, bytes: Buffer.allocUnsafeSlow(PIECE_BYTES) };
  }

  giveBack(buffer: PieceBuffer): void {
    if (buffer.slot !== undefined) this.#free.push(buffer);
    else if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }

  /** So many pieces more are being written and checked; fewer, where it is negative. */
  count(pieces: number): void {
    this.#unchecked += pieces;
    if (pieces < 0 && this.#unchecked <= this.#slots * ROOM_SHARE)
      for (const onRoom of this.#waiting.splice(0)) onRoom();
  }

  /** Shared buffers that nobody has. */
  get free(): number {
    return this.#free.length;
  }

  /** Whether whoever fills buffers has to wait for {@link whenRoom}: pieces are checked more slowly than they come. */
  get isBehind(): boolean {
    return this.#unchecked >= this.#slots * MAX_UNCHECKED_SHARE;
  }

  /** Calls once, when {@link isBehind} has ended. */
  whenRoom(onRoom: () => void): void {
    this.#waiting.push(onRoom);
  }
}

/** The bytes of one slot, for any thread. */
export function slotBytes(memory: SharedArrayBuffer, slot: number): Buffer {
  return Buffer.from(memory, slot * PIECE_BYTES, PIECE_BYTES);
}

/** WebAssembly's memory begins where one of the system's pages does, as a disk wants it that is written to directly; no other buffer of JavaScript's has to. */
function alignedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  try {
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    if (buffer instanceof SharedArrayBuffer) return buffer;
  } catch {
    // A process may be given too little address space for it.
  }
  return new SharedArrayBuffer(bytes);
}
