import { ShoalError } from '../../protocol/index.js';

/**
 * The stored form of a password. Keyboards and files encode accented letters in different ways; all of them become NFC.
 */
export function composed(password: string): string {
  return password.normalize('NFC');
}

/** Tries the stored form of a password first. If it is wrong, tries the form as given, which version 0.1 stored. */
export async function tryForms<T>(password: string, show: (form: string) => Promise<T>): Promise<T> {
  try {
    return await show(composed(password));
  } catch (error) {
    const isWrong = error instanceof ShoalError && error.code === 'WRONG_PASSWORD';
    if (!isWrong || composed(password) === password) throw error;
    return show(password);
  }
}
