let next = 1;

/** A number by which the engine knows a download, of a file or a folder; each try has its own, and 0 is none. */
export function newEngineId(): number {
  return next++;
}
