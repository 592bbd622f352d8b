/** Errors of the system that say that nothing leaves this computer, or that nothing comes back. A computer that refuses has answered. */
const OFFLINE: ReadonlySet<unknown> = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

/** Whether an error, or one that caused it, looks as if there were no network. */
export function isOffline(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && OFFLINE.has(error.code)) || isOffline(error.cause);
}
