import { tryInTurn } from '../../program/index.js';
import { ShoalError } from '../../protocol/index.js';

/**
 * The stored form of a password. Keyboards and files encode accented letters in different ways; all of them become NFC.
 */
export function composed(password: string): string {
  return password.normalize('NFC');
}

/** Tries the stored form of a password first. If it is wrong, tries the form as given, which version 0.1 stored. */
export function tryForms<T>(password: string, show: (form: string) => Promise<T>): Promise<T> {
  const stored = composed(password);
  const isWrong = (error: unknown) => error instanceof ShoalError && error.code === 'WRONG_PASSWORD';
  return tryInTurn(stored === password ? [stored] : [stored, password], isWrong, show);
}
