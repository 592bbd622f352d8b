import { MAX_PASSWORD_BYTES } from '@shoal/sdk/protocol';
import { t } from '../words/index.js';

/** Characters (code points) that a new password has at least, where a person makes one up. The tracker takes any, as version 0.1 did. */
const LEAST_CHARACTERS = 8;

/** What is wrong with a password that someone makes up; undefined when nothing is. */
export function newPasswordProblem(password: string): string | undefined {
  const text = password.normalize('NFC');
  if (Array.from(text).length < LEAST_CHARACTERS) return t('A password has at least {0} characters.', LEAST_CHARACTERS);
  if (Buffer.byteLength(text) > MAX_PASSWORD_BYTES) return t('That password is too long: choose a shorter one.');
  return undefined;
}

/** What is wrong with a password that is typed for the second time. */
export function repeatedPasswordProblem(password: string, first: string): string | undefined {
  return password.normalize('NFC') === first.normalize('NFC') ? undefined : t('The passwords differ: type it again.');
}
