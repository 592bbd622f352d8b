import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Records the synchronous file calls of this thread, for all modules that import `node:fs`. */
export class SyncCalls {
  readonly #undo: (() => void)[] = [];
  /** The function's name and its first argument: a path, or an open file. */
  readonly made: string[] = [];

  constructor() {
    for (const name of Object.keys(fs).filter((one) => one.endsWith('Sync'))) {
      const original: unknown = Reflect.get(fs, name);
      if (typeof original !== 'function') continue;
      const recorded = Object.assign((...args: unknown[]): unknown => {
        this.made.push(`${name} ${String(args[0])}`);
        return Reflect.apply(original, fs, args);
      }, original);
      Reflect.set(fs, name, recorded);
      this.#undo.push(() => Reflect.set(fs, name, original));
    }
    syncBuiltinESMExports();
  }

  restore(): void {
    for (const undo of this.#undo.splice(0)) undo();
    syncBuiltinESMExports();
  }
}
