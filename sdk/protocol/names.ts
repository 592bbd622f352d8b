import { ShoalError } from './errors.js';
import { MAX_FILE_NAME_BYTES, MAX_NAME_CHARACTERS } from './limits.js';

/** What a user's or group's name may hold, in words for an error message. */
const ALLOWED = `1 to ${MAX_NAME_CHARACTERS} letters, digits, spaces and . _ - + @, beginning and ending with no space`;

const NAME = /^[\p{L}\p{M}\p{N}._\-+@]+(?: [\p{L}\p{M}\p{N}._\-+@]+)*$/u;

/**
 * The form in which a user's or group's name is kept and shown (Unicode NFC).
 * @throws ShoalError `INVALID_NAME`
 */
export function parseName(kind: 'user' | 'group', name: string): string {
  const normal = name.normalize('NFC');
  if (!NAME.test(normal) || [...normal].length > MAX_NAME_CHARACTERS) {
    throw new ShoalError('INVALID_NAME', `A ${kind} name has ${ALLOWED}.`);
  }
  return normal;
}

/** Two names with the same key are the same name: compatibility forms and case are folded (Unicode NFKC, both cases). */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

const FORBIDDEN_IN_FILE_NAME = /[/\\\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u202a-\u202e\u2066-\u2069]/u;

/**
 * The form in which a shared file's name is kept and shown (Unicode NFC). Any script is welcome; what could leave a
 * folder, or show as something else (control characters, changes of writing direction), is not.
 * @throws ShoalError `INVALID_NAME`
 */
export function parseFileName(name: string): string {
  const normal = name.normalize('NFC');
  const bytes = Buffer.byteLength(normal);
  if (
    bytes === 0 ||
    bytes > MAX_FILE_NAME_BYTES ||
    normal === '.' ||
    normal === '..' ||
    FORBIDDEN_IN_FILE_NAME.test(normal)
  ) {
    throw new ShoalError(
      'INVALID_NAME',
      `A file name has 1 to ${MAX_FILE_NAME_BYTES} bytes and no slash, backslash or control character: share the file under another name.`,
    );
  }
  return normal;
}
