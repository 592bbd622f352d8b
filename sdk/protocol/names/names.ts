import { ShoalError } from '../errors.js';
import { MAX_FILE_NAME_BYTES, MAX_NAME_CHARACTERS, MAX_PATH_BYTES, MAX_PATH_SEGMENTS } from '../limits.js';
import { nameFault } from './identifier-profile.js';

/** The rule for names of users and groups, for error messages. */
const ALLOWED = `1 to ${MAX_NAME_CHARACTERS} letters, digits, spaces and . _ - + @, beginning and ending with no space`;

const NAME = /^[\p{L}\p{M}\p{N}._\-+@]+(?: [\p{L}\p{M}\p{N}._\-+@]+)*$/u;

/**
 * Normalises the name of a user or group (Unicode NFC).
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
 * Like `parseName`, for a new user or group: it also refuses names that look like another name or are unreadable. Existing names stay
 * valid.
 * @throws ShoalError `INVALID_NAME`
 */
export function parseNewName(kind: 'user' | 'group', name: string): string {
  const normal = parseName(kind, name);
  const fault = nameFault(normal);
  if (fault !== undefined) throw new ShoalError('INVALID_NAME', `That ${kind} name ${fault}. Choose another one.`);
  return normal;
}

const BEYOND_ASCII = /[\u0080-\uffff]/;

/**
 * Returns the key of a name. Names with the same key are the same name: the key folds compatibility forms and case (Unicode NFKC, both
 * cases). In a path, it folds each segment alone, so that a character that folds to a slash (the full-width slash, "care of") separates
 * no segments.
 */
export function nameKey(name: string): string {
  if (!BEYOND_ASCII.test(name)) return name.toLowerCase(); // the same, and trackers do it all the time
  return name.split('/').map(foldedName).join('/');
}

function foldedName(name: string): string {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replaceAll('/', '\u2215');
}

const FORBIDDEN_IN_FILE_NAME = /[/\\\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|[\u202a-\u202e\u2066-\u2069]/u;

/**
 * Normalises the name of a shared file (Unicode NFC). All scripts are allowed. Slashes, backslashes, control characters and changes of
 * writing direction are not, because such a name could leave its folder or look like another name.
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
 * Normalises the path of a shared file or folder: segments joined by slashes. A path of one segment is a file name.
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

/** A visible character. */
const SEEN = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * Like `parseFilePath`, for a new share: each segment must contain a visible character. Existing shares stay valid.
 * @throws ShoalError `INVALID_NAME`
 */
export function parseNewFilePath(path: string): string {
  const parsed = parseFilePath(path);
  if (parsed.split('/').every((name) => SEEN.test(name))) return parsed;
  throw new ShoalError('INVALID_NAME', 'A file name has nothing to see in it: share the file under another name.');
}

/** The last segment of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folders of a path, the innermost last: `a` and `a/b` for `a/b/c`. */
export function foldersOf(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_name, index) => names.slice(0, index + 1).join('/'));
}
