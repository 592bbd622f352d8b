import { gaveUp, patienceMs } from './deadline.js';

/** What the emitters of Node and of `eventemitter3` have in common. */
interface Emitter {
  on(event: never, listener: never): unknown;
  off(event: never, listener: never): unknown;
}

/**
 * The arguments of the next event of a kind that satisfy a condition. Rejects before the time limit of the test, with the arguments of
 * the last such event.
 */
export function nextOf<A extends readonly unknown[]>(
  emitter: Emitter,
  event: string,
  satisfies: (...args: A) => boolean = () => true,
): Promise<A> {
  const coming = new Promise<A>((resolve, reject) => {
    const seen: A[] = [];
    const stop = () => {
      clearTimeout(timer);
      emitter.off(event as never, listener as never);
    };
    const listener = (...args: A) => {
      seen[0] = args;
      if (!satisfies(...args)) return;
      stop();
      resolve(args);
    };
    const timer = setTimeout(() => {
      stop();
      reject(gaveUp(`${event}, ${String(satisfies)}`, ...seen));
    }, patienceMs()).unref();
    emitter.on(event as never, listener as never);
  });
  coming.catch(() => {}); // a test that failed earlier waits for it no more
  return coming;
}
