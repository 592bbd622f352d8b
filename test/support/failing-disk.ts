import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Functions of `node:fs`, and of `node:fs/promises`, that can be made to fail. */
const CALLS = [
  'openSync',
  'open',
  'readSync',
  'readvSync',
  'writeSync',
  'writev',
  'write',
  'ftruncate',
  'fsync',
  'fdatasync',
  'promises.link',
  'promises.readdir',
  'promises.rename',
  'promises.unlink',
] as const;

/** One fault of a disk, and how often it occurs. */
export interface DiskFault {
  readonly call: (typeof CALLS)[number];
  /** The suffix of the affected paths; an open file counts by the path that opened it. */
  readonly path: string;
  /** The first matching call that fails, counted from 1. */
  readonly nth: number;
  /** Number of calls that fail. Default: one. */
  readonly times?: number | undefined;
  /**
   * `short` reads or writes less than requested; `slow` succeeds after a delay; `kill` ends the process (`kill -9`) before the call
   * completes.
   */
  readonly how: 'EIO' | 'ENOSPC' | 'short' | 'slow' | 'kill';
}

type Call = (...args: unknown[]) => unknown;

const SLOW_MS = 100;

/** A disk of this thread, from any instance of this module. */
type Disk = Pick<FailingDisk, 'meets'>;

interface Installed {
  readonly disks: Set<Disk>;
  /** Restores `node:fs` when no disk is left. */
  undo: (() => void)[];
  /** The paths of open files, by descriptor. */
  readonly paths: Map<number, string>;
}

declare global {
  var shoalFailingDisks: Installed | undefined;
}

/** The test loaders may load this module twice, by `require` and by `import`, but `node:fs` exists once. */
globalThis.shoalFailingDisks ??= { disks: new Set(), undo: [], paths: new Map() };
const installed = globalThis.shoalFailingDisks;
const { disks, paths } = installed;

/**
 * A disk that fails in this thread, for all modules that import `node:fs` as a whole. A module that holds one of its functions is not
 * affected.
 */
export class FailingDisk {
  #faults: { fault: DiskFault; calls: number }[] = [];

  /** Intercepts the calls. Nothing fails yet. */
  constructor() {
    if (disks.size === 0) install();
    disks.add(this);
  }

  /** Replaces the faults and resets the counts. */
  fail(...faults: DiskFault[]): void {
    this.#faults = faults.map((fault) => ({ fault, calls: 0 }));
  }

  /** Removes the faults and stops intercepting. */
  restore(): void {
    this.fail();
    if (!disks.delete(this) || disks.size > 0) return;
    for (const back of installed.undo.splice(0)) back();
    syncBuiltinESMExports();
  }

  /** Counts a call and returns the fault that it meets. */
  meets(name: DiskFault['call'], path: string | undefined): DiskFault | undefined {
    const due = this.#faults.filter((one) => one.fault.call === name && path?.endsWith(one.fault.path) && isDue(one));
    return due[0]?.fault;
  }
}

function install(): void {
  installed.undo = CALLS.map((call) =>
    replace(
      call,
      (original) =>
        (...args) =>
          carryOut(call, original, args),
    ),
  );
  syncBuiltinESMExports();
}

function carryOut(name: DiskFault['call'], call: Call, args: unknown[]): unknown {
  const [target] = args;
  const path = typeof target === 'number' ? paths.get(target) : String(target);
  const [fault] = [...disks].flatMap((disk) => disk.meets(name, path) ?? []);
  const done = args.at(-1);
  if (name === 'open' && typeof done === 'function') {
    const opened = (error: unknown, fd: unknown) => {
      if (typeof fd === 'number') paths.set(fd, String(target));
      Reflect.apply(done, undefined, [error, fd]);
    };
    args = [...args.slice(0, -1), opened];
  }
  const result = fault ? failing(fault, call, args) : call(...args);
  if (name === 'openSync' && typeof result === 'number') paths.set(result, String(target));
  return result;
}

function replace(name: DiskFault['call'], by: (call: Call) => Call): () => void {
  const [key = '', inPromises] = name.split('.').reverse();
  const module = inPromises === undefined ? fs : fs.promises;
  const original: unknown = Reflect.get(module, key);
  if (typeof original !== 'function') throw new Error(`node:fs has no ${name}`);
  const call = (...args: unknown[]): unknown => Reflect.apply(original, module, args);
  const replacing = by(call);
  // Copies the custom promisified form, which names the results.
  for (const symbol of Object.getOwnPropertySymbols(original))
    Object.defineProperty(replacing, symbol, { value: Reflect.get(original, symbol) });
  Reflect.set(module, key, replacing);
  return () => Reflect.set(module, key, original);
}

/** Counts the call. Returns whether it fails. */
function isDue(one: { fault: DiskFault; calls: number }): boolean {
  one.calls++;
  return one.calls >= one.fault.nth && one.calls < one.fault.nth + (one.fault.times ?? 1);
}

function failing({ how, call: name }: DiskFault, call: Call, args: unknown[]): unknown {
  const done = args.at(-1);
  switch (how) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return undefined;
    case 'short':
      return call(...shortened(args));
    case 'slow':
      if (typeof done === 'function') return setTimeout(() => call(...args), SLOW_MS);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SLOW_MS);
      return call(...args);
    case 'EIO':
    case 'ENOSPC': {
      const error = Object.assign(new Error(`${how}: the test's disk, ${name}`), { code: how, syscall: name });
      if (name.startsWith('promises.')) return Promise.reject(error);
      if (typeof done !== 'function') throw error;
      setImmediate(() => {
        Reflect.apply(done, undefined, [error]);
      });
      return undefined;
    }
  }
}

/**
 * The arguments of `readSync`, `writeSync` and `write`, reduced to about half of the bytes; those of `readvSync` and `writev`, reduced to
 * the first buffer.
 */
function shortened(args: unknown[]): unknown[] {
  const [fd, bytes, offset = 0, length, position] = args;
  if (Array.isArray(bytes)) return [fd, bytes.slice(0, 1), ...args.slice(2)];
  if (!(bytes instanceof Uint8Array) || typeof offset !== 'number') return args;
  const asked = typeof length === 'number' ? length : bytes.length - offset;
  return [fd, bytes, offset, Math.max(1, Math.floor(asked / 2)), position, ...args.slice(5)];
}
