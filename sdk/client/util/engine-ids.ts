let next = 1;

/** A new id of a file or folder download in the engine. Each run has its own; 0 means none. */
export function newEngineId(): number {
  return next++;
}
