import { nameKey } from '@shoal/sdk/protocol';
import confusables from 'unicode-confusables';

/** The skeleton of a name (UTS 39), in whatever case: names with the same skeleton look alike. */
export function lookOf(name: string): string {
  return nameKey(confusables.rectifyConfusion(name.normalize('NFKD')).normalize('NFD'));
}

/**
 * Whether one of two names that look alike must be refused. Readers can distinguish names in plain ASCII, although l
 * looks like 1, and m like rn.
 */
export function isTakenFor(name: string, other: string): boolean {
  return !PLAIN.test(name) || !PLAIN.test(other);
}

const PLAIN = /^[ -~]*$/;
