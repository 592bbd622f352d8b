import { ShoalError } from '../../protocol/index.js';
import type { Logger } from './logger.js';

/** Logs the failure of a background operation, which has no caller to throw to. */
export function inBackground(work: Promise<void> | undefined, logger: Logger): void {
  work?.catch((error: unknown) => logger.error(ShoalError.from(error).message));
}
