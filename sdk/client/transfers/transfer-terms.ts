import type { DownloadPace } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { DownloadPriority } from '../api/download.js';
import { checkRate } from '../api/limits.js';

/** Terms of a download, which the library keeps. */
export interface TransferTerms {
  readonly priority: DownloadPriority;
  readonly limitBytesPerSecond: number | undefined;
  readonly sequential: boolean;
}

export function termsOf({ priority, limitBytesPerSecond, sequential }: TransferTerms): TransferTerms {
  return { priority, limitBytesPerSecond, sequential };
}

/** The same terms in the engine's form. */
export function paceOf({ priority, limitBytesPerSecond, sequential }: TransferTerms): DownloadPace {
  return { priority, bytesPerSecond: limitBytesPerSecond, sequential };
}

export interface TransferWishes {
  readonly priority: DownloadPriority;
  readonly limitBytesPerSecond?: number | undefined;
  readonly sequential?: boolean | undefined;
}

type Given = { readonly [Name in keyof TransferWishes]?: TransferWishes[Name] | undefined };

/** Completes given terms from the known ones or the defaults, without checks. */
export function termsFrom(given: Given, known?: TransferTerms): TransferTerms {
  return {
    priority: given.priority ?? known?.priority ?? 'normal',
    limitBytesPerSecond: given.limitBytesPerSecond ?? known?.limitBytesPerSecond,
    sequential: given.sequential ?? known?.sequential ?? false,
  };
}

export const PRIORITIES: ReadonlySet<string> = new Set<DownloadPriority>(['high', 'normal', 'low']);

/** Checks the terms of a download. A limit of 0 means none. @throws ShoalError `INVALID_ARGUMENT` */
export function checkTerms({ priority, limitBytesPerSecond, sequential = false }: TransferWishes): TransferTerms {
  if (!PRIORITIES.has(priority)) {
    throw new ShoalError('INVALID_ARGUMENT', `There is no priority ${priority}: give high, normal or low.`);
  }
  return { priority, limitBytesPerSecond: checkRate('limitBytesPerSecond', limitBytesPerSecond), sequential };
}

/** @throws ShoalError `INVALID_ARGUMENT` */
export function checkPosition(position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw new ShoalError('INVALID_ARGUMENT', `There is no position ${position}: give a whole number; 0 starts next.`);
}
