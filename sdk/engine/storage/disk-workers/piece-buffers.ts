import { PIECE_BYTES } from '../../../protocol/index.js';

/** Memory for one piece, of `PIECE_BYTES`. The holder returns it to its pool. */
export interface PieceBuffer {
  readonly bytes: Buffer;
  /** Its slot in the shared memory; undefined for memory of this thread. */
  readonly slot: number | undefined;
}

/** Slots of the shared memory: 32 MiB, of which the system provides only what is used. */
const SLOTS = 64;
/** High-water mark: pause socket reads while this fraction of the slots is being written and verified, */
const MAX_UNCHECKED_SHARE = 1 / 2;
/** low-water mark: resume them at this fraction. */
const ROOM_SHARE = 3 / 8;
/** Buffers of this thread that are kept for the next piece. */
const MAX_SPARE = 8;
const WASM_PAGE_BYTES = 65_536;

/** The used part; its types are only in the DOM library. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number; shared: boolean }) => { readonly buffer: unknown };
};

/**
 * Memory for pieces between a socket and the disk, shared with the threads that verify them. The most recently returned
 * buffer is used first, because it is probably still in the processor's cache. If all slots are taken, buffers of this
 * thread are used.
 *
 * Reading waits only for pieces that are being written and verified, because these become free whatever the sockets do.
 * A piece that is half received, or held for the whole-file digest, may need more bytes before it becomes free.
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

  /** Counts pieces that are being written and verified; negative for completed ones. */
  count(pieces: number): void {
    this.#unchecked += pieces;
    if (pieces < 0 && this.#unchecked <= this.#slots * ROOM_SHARE)
      for (const onRoom of this.#waiting.splice(0)) onRoom();
  }

  /** Free slots. */
  get free(): number {
    return this.#free.length;
  }

  /** Whether the receivers must wait for {@link whenRoom}: pieces arrive faster than they are verified. */
  get isBehind(): boolean {
    return this.#unchecked >= this.#slots * MAX_UNCHECKED_SHARE;
  }

  /** Calls back once, when {@link isBehind} has ended. */
  whenRoom(onRoom: () => void): void {
    this.#waiting.push(onRoom);
  }
}

/** The bytes of one slot, for any thread. */
export function slotBytes(memory: SharedArrayBuffer, slot: number): Buffer {
  return Buffer.from(memory, slot * PIECE_BYTES, PIECE_BYTES);
}

/** WebAssembly memory begins at a page boundary, as direct writes need; other buffers of JavaScript do not. */
function alignedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  try {
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    if (buffer instanceof SharedArrayBuffer) return buffer;
  } catch {
    // The address space of a process may be too small for it.
  }
  return new SharedArrayBuffer(bytes);
}
