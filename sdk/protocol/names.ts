import { ShoalError } from './errors.js';
import { nameFault } from './identifier-profile.js';
import { MAX_FILE_NAME_BYTES, MAX_NAME_CHARACTERS, MAX_PATH_BYTES, MAX_PATH_SEGMENTS } from './limits.js';

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

/**
 * As `parseName`, for a user or group that is to be made: one that could pass for another, or that nobody could read, is refused. Those
 * that were made before go on under their names.
 * @throws ShoalError `INVALID_NAME`
 */
export function parseNewName(kind: 'user' | 'group', name: string): string {
  const normal = parseName(kind, name);
  const fault = nameFault(normal);
  if (fault !== undefined) throw new ShoalError('INVALID_NAME', `That ${kind} name ${fault}. Choose another one.`);
  return normal;
}

/**
 * Two names with the same key are the same name: compatibility forms and case are folded (Unicode NFKC, both cases). Of a
 * path each name is, so that what folds to a slash (the full-width one, "care of") parts no names.
 */
export function nameKey(name: string): string {
  return name.split('/').map(foldedName).join('/');
}

function foldedName(name: string): string {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll('/', '\u2215');
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

/**
 * The form in which the path of a shared file or folder is kept: names of folders and its own, joined by slashes. A path of
 * one name is a file's name.
 * @throws ShoalError `INVALID_NAME`
 */
export function parseFilePath(path: string): string {
  const names = path.split('/');
  if (names.length > MAX_PATH_SEGMENTS) {
    throw new ShoalError(
      'INVALID_NAME',
      `${path} lies more than ${MAX_PATH_SEGMENTS - 1} folders deep: share it from further in.`,
    );
  }
  const parsed = names.map(parseFileName).join('/');
  if (Buffer.byteLength(parsed) > MAX_PATH_BYTES) {
    throw new ShoalError('INVALID_NAME', `${path} has more than ${MAX_PATH_BYTES} bytes: share it from further in.`);
  }
  return parsed;
}

/** Something to see: a letter, digit or sign that is not one that shows as nothing. */
const SEEN = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * As `parseFilePath`, for a file that is to be shared: each name has something to see. Those that were shared before can still be fetched.
 * @throws ShoalError `INVALID_NAME`
 */
export function parseNewFilePath(path: string): string {
  const parsed = parseFilePath(path);
  if (parsed.split('/').every((name) => SEEN.test(name))) return parsed;
  throw new ShoalError('INVALID_NAME', 'A file name has nothing to see in it: share the file under another name.');
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folders that a file lies in, the innermost last: of `a/b/c` these are `a` and `a/b`. */
export function foldersOf(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_name, index) => names.slice(0, index + 1).join('/'));
}
