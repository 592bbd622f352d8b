/** Counts what is asked of the allocators of buffers and typed arrays, for as long as one call takes. */

type Allocator = 'alloc' | 'allocUnsafe' | 'allocUnsafeSlow';
const ALLOCATORS: readonly Allocator[] = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'];
const ARRAYS = ['ArrayBuffer', 'Uint8Array', 'Uint32Array', 'Float64Array'] as const;

/** Watches from when it is made until it is disposed of; one at a time. */
export class AllocationWatch implements Disposable {
  /** Bytes in the largest buffer that was asked for. */
  largest = 0;
  readonly #restore: (() => void)[] = [];

  constructor() {
    for (const name of ALLOCATORS) {
      const original = Buffer[name];
      const watched = (size: number, ...rest: []) => {
        this.#note(size);
        return original.call(Buffer, size, ...rest);
      };
      this.#replace(Buffer, name, watched);
    }
    for (const name of ARRAYS) {
      const construct = (target: typeof Uint8Array, args: [unknown], newTarget: new () => object): object => {
        if (typeof args[0] === 'number') this.#note(args[0] * (target.BYTES_PER_ELEMENT ?? 1));
        return Reflect.construct(target, args, newTarget) as object;
      };
      this.#replace(globalThis, name, new Proxy(globalThis[name] as never, { construct } as never));
    }
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #note(bytes: number): void {
    if (bytes > this.largest) this.largest = bytes;
  }

  #replace(owner: object, name: string, replacement: unknown): void {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    if (!original) throw new Error(`there is no ${name} to be watched`);
    Object.defineProperty(owner, name, { ...original, value: replacement });
    this.#restore.push(() => Object.defineProperty(owner, name, original));
  }
}
