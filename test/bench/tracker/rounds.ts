import { loadavg } from 'node:os';
import { median } from '../median.js';

/** Runs something again and again. Prints one line for each time, with the load of the machine, because it lengthens all times. */
export async function rounds<T>(times: number, once: () => Promise<T>, describe: (result: T) => string): Promise<T[]> {
  const all: T[] = [];
  while (all.length < times) {
    const result = await once();
    all.push(result);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    process.stdout.write(`${all.length}/${times}: ${describe(result)} (load ${load})\n`);
  }
  return all;
}

/** Starts something, and prints how long that took: servers and accounts take a while. */
export async function opened<T>(what: string, open: () => Promise<T>): Promise<T> {
  const sinceMs = performance.now();
  const scene = await open();
  process.stdout.write(`${what}: ready after ${((performance.now() - sinceMs) / 1000).toFixed(1)} s\n`);
  return scene;
}

/** Of some results, the usual time and the longest one. */
export function spread<T>(all: readonly T[], seconds: (one: T) => number): string {
  const figures = all.map(seconds);
  return `median ${median(figures).toFixed(2)} s, longest ${Math.max(...figures).toFixed(2)} s`;
}

export function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}
