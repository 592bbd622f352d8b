import type { ShoalError } from '../../protocol/index.js';

const UNANSWERED: ReadonlySet<string> = new Set([
  ...['DISCONNECTED', 'TIMEOUT', 'SHUTTING_DOWN', 'UNAVAILABLE', 'CLOSED', 'ABORTED'],
  ...['TRACKER_UNREACHABLE', 'NOT_LOGGED_IN'],
]);

/** Whether the tracker did not decide: it is away, or the session ended before its answer. */
export function isUnanswered({ code }: ShoalError): boolean {
  return UNANSWERED.has(code);
}
