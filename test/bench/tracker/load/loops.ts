import { setTimeout as sleep } from 'node:timers/promises';

/** How long single requests took, in milliseconds. */
export class Latencies {
  readonly #all: number[] = [];

  add(ms: number): void {
    this.#all.push(ms);
  }

  get count(): number {
    return this.#all.length;
  }

  /** @param part for example 0.99 */
  at(part: number): number {
    const sorted = Float64Array.from(this.#all).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  }
}

export interface Loop {
  readonly latencies: Latencies;
  readonly seconds: number;
}

/** What an operation returns instead of an answer when a client has nothing more to ask. */
export const NOTHING_LEFT = Symbol('nothing left');

/** One request after the other by each of some clients, for some time. */
export async function closedLoop<C>(
  clients: readonly C[],
  seconds: number,
  ask: (client: C) => Promise<unknown>,
): Promise<Loop> {
  const latencies = new Latencies();
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < endMs) {
        const askedMs = performance.now();
        if ((await ask(client)) === NOTHING_LEFT) return;
        latencies.add(performance.now() - askedMs);
      }
    }),
  );
  return { latencies, seconds: (performance.now() - startedMs) / 1000 };
}

/**
 * Requests at a rate, whatever the answers take. The time of a request counts from the moment at which it should be sent, so that a server
 * that stalls is not asked less.
 */
export async function openLoop(
  perSecond: number,
  seconds: number,
  ask: (count: number) => Promise<unknown>,
): Promise<Loop & { readonly failed: number }> {
  const latencies = new Latencies();
  let failed = 0;
  let sent = 0;
  const under = new Set<Promise<void>>();
  const startedMs = performance.now();
  const total = Math.round(perSecond * seconds);
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1000) * perSecond));
    for (; sent < due; sent++) {
      const dueMs = startedMs + (sent / perSecond) * 1000;
      const one: Promise<void> = ask(sent).then(
        () => latencies.add(performance.now() - dueMs),
        () => {
          failed++;
        },
      );
      const tracked = one.finally(() => under.delete(tracked));
      under.add(tracked);
    }
    await sleep(1);
  }
  await Promise.all(under);
  return { latencies, failed, seconds: (performance.now() - startedMs) / 1000 };
}
