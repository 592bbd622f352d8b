/** A router's count of the seconds since it lost its mappings, and when it was read. */
export interface Epoch {
  readonly routerSeconds: number;
  readonly atMs: number;
}

/**
 * Whether a router has lost its mappings between two answers, by the rule of RFC 6887, section 8.5: its count went back, or went on at
 * another pace than the own clock. A computer that slept finds the same, and maps anew, which does no harm.
 */
export function hasRestarted(before: Epoch, now: Epoch): boolean {
  const router = now.routerSeconds - before.routerSeconds;
  if (router < -1) return true;
  const own = (now.atMs - before.atMs) / 1000;
  return own + 2 < router - router / 16 || router + 2 < own - own / 16;
}
