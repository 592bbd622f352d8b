import { MAX_PASSWORD_BYTES } from '@shoal/sdk/protocol';
import { t } from '../../words/index.js';

/**
 * Minimum number of characters (code points) of a new password in the editor. The tracker accepts any, as version 0.1
 * did.
 */
const LEAST_CHARACTERS = 8;

/** The problem of a new password; undefined if there is none. */
export function newPasswordProblem(password: string): string | undefined {
  const text = password.normalize('NFC');
  if (Array.from(text).length < LEAST_CHARACTERS) return t('A password has at least {0} characters.', LEAST_CHARACTERS);
  if (Buffer.byteLength(text) > MAX_PASSWORD_BYTES) return t('That password is too long: choose a shorter one.');
  return undefined;
}

/** The problem of a repeated password. */
export function repeatedPasswordProblem(password: string, first: string): string | undefined {
  return password.normalize('NFC') === first.normalize('NFC') ? undefined : t('The passwords differ: type it again.');
}
