/** The callbacks of one signal, and the function that removes the listener. */
interface Audience {
  readonly hearers: Set<() => void>;
  leave(): void;
}

const AUDIENCES = new WeakMap<AbortSignal, Audience>();

/**
 * Calls `act` when the signal is aborted, unless it is aborted already. Each signal gets only one listener, because
 * Node warns of a leak at more than ten.
 * @returns a function that removes the callback
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal || signal.aborted) return () => {};
  const audience = AUDIENCES.get(signal) ?? listenTo(signal);
  const hearer = () => act(); // one closure per call, so that a callback can be registered twice
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
