import { ShoalError } from '../../protocol/index.js';

/** A password as it is kept: an accented letter is one word with itself, whichever way a keyboard or a file has it. */
export function composed(password: string): string {
  return password.normalize('NFC');
}

/** Shows a password as it is kept, and where that is wrong as it was given: version 0.1 kept it like that. */
export async function tryForms<T>(password: string, show: (form: string) => Promise<T>): Promise<T> {
  try {
    return await show(composed(password));
  } catch (error) {
    const isWrong = error instanceof ShoalError && error.code === 'WRONG_PASSWORD';
    if (!isWrong || composed(password) === password) throw error;
    return show(password);
  }
}
