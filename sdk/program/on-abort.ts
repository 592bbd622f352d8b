/** Those who hear of a signal, and what ends listening to it. */
interface Audience {
  readonly hearers: Set<() => void>;
  leave(): void;
}

const AUDIENCES = new WeakMap<AbortSignal, Audience>();

/**
 * Has something done when a signal is given; nothing is done for one that has been given already. A signal has one listener of ours however
 * many hear of it: Node takes more than ten for a leak, and warns.
 * @returns ends that; to be called when there is nothing left to stop
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal || signal.aborted) return () => {};
  const audience = AUDIENCES.get(signal) ?? listenTo(signal);
  const hearer = () => act(); // one that is given twice hears of it twice
  audience.hearers.add(hearer);
  return () => {
    audience.hearers.delete(hearer);
    if (audience.hearers.size > 0) return;
    audience.leave();
  };
}

function listenTo(signal: AbortSignal): Audience {
  const hearers = new Set<() => void>();
  const onGiven = () => {
    leave();
    for (const hear of [...hearers]) if (hearers.has(hear)) hear();
  };
  const leave = () => {
    signal.removeEventListener('abort', onGiven);
    AUDIENCES.delete(signal);
  };
  const audience = { hearers, leave };
  signal.addEventListener('abort', onGiven);
  AUDIENCES.set(signal, audience);
  return audience;
}
