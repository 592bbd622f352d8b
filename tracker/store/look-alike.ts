import { nameKey } from '@shoal/sdk/protocol';
import confusables from 'unicode-confusables';

/**
 * What all names that look like this one have in common (the skeleton of UTS 39), in whatever case: two names may differ and show as
 * the same.
 */
export function lookOf(name: string): string {
  return nameKey(confusables.rectifyConfusion(name.normalize('NFKD')).normalize('NFD'));
}

/**
 * Whether one of two names that look alike is to be refused for the other: names in plain ASCII are told apart by whoever reads them,
 * though an l is like a 1, and an m like rn.
 */
export function isTakenFor(name: string, other: string): boolean {
  return !PLAIN.test(name) || !PLAIN.test(other);
}

const PLAIN = /^[ -~]*$/;
