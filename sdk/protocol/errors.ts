/** Every way in which Shoal says no. The strings are stable: programs may compare them. */
export const ERROR_CODES = [
  'ABORTED',
  'ALREADY_A_MEMBER',
  'ALREADY_DOWNLOADING',
  'ALREADY_LOGGED_IN',
  'ALREADY_REQUESTED',
  'CLOSED',
  'DATA_DIR_IN_USE',
  'DATA_DIR_INVALID',
  'DATA_DIR_NEWER',
  'DESTINATION_EXISTS',
  'DESTINATION_NOT_FOUND',
  'DEVICE_REPLACED',
  'DIGEST_MISMATCH',
  'DISCONNECTED',
  'DISK_ERROR',
  'DISK_UNAVAILABLE',
  'DOWNLOAD_NOT_FOUND',
  'FILE_CHANGED',
  'FILE_NOT_FOUND',
  'FILE_TOO_LARGE',
  'FOLDER_INCOMPLETE',
  'FOLDER_TOO_LARGE',
  'GROUP_EXISTS',
  'GROUP_NOT_FOUND',
  'INTERNAL',
  'INVALID_ARGUMENT',
  'INVALID_NAME',
  'LISTEN_FAILED',
  'MANIFEST_INVALID',
  'MANIFEST_MISSING',
  'NAME_TAKEN',
  'NOT_A_FILE',
  'NOT_A_FOLDER',
  'NOT_A_MEMBER',
  'NOT_LOGGED_IN',
  'NOT_SHARED',
  'NOT_THE_OWNER',
  'NO_SPACE',
  'PATH_NOT_FOUND',
  'PERMISSION_DENIED',
  'PROTOCOL_ERROR',
  'QUOTA_EXCEEDED',
  'RATE_LIMITED',
  'REQUEST_NOT_FOUND',
  'SHUTTING_DOWN',
  'TICKET_REFUSED',
  'TIMEOUT',
  'TOO_MANY_SHARES',
  'TRACKER_CHANGED',
  'TRACKER_INCOMPATIBLE',
  'TRACKER_INVALID',
  'TRACKER_UNREACHABLE',
  'UNKNOWN_COMMAND',
  'USAGE',
  'USER_EXISTS',
  'USER_NOT_FOUND',
  'WRONG_PASSWORD',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

const KNOWN: ReadonlySet<string> = new Set(ERROR_CODES);

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && KNOWN.has(value);
}

/** Marks errors of every copy of the class: each package's CommonJS build, and each bundle, has one of its own. */
const BRAND = Symbol.for('@shoal/ShoalError');

/**
 * The one error that Shoal throws. `code` is for programs; `message` tells a person what happened and what to do next.
 * `instanceof ShoalError` holds across packages, subpaths and module formats.
 */
export class ShoalError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShoalError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Accepts errors that another copy of this class made, if this copy knows their code. Subclasses accept their own instances only. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass calls this method for itself
    return isInstance(value, this);
  }

  /** Any thrown value as a ShoalError: itself, an abort as `ABORTED`, the disk's errors by theirs, the rest as `fallback`. */
  static from(thrown: unknown, fallback: ErrorCode = 'INTERNAL'): ShoalError {
    if (thrown instanceof ShoalError) return thrown;
    if (!(thrown instanceof Error)) return new ShoalError(fallback, String(thrown));
    if (thrown.name === 'AbortError') return new ShoalError('ABORTED', 'Stopped, as asked.', { cause: thrown });
    const known = 'code' in thrown && typeof thrown.code === 'string' ? DISK_CODES[thrown.code] : undefined;
    if (known) return new ShoalError(known.code, `${textOf(known, thrown)} (${thrown.message})`, { cause: thrown });
    return new ShoalError(fallback, thrown.message, { cause: thrown });
  }
}

function isInstance(value: unknown, type: unknown): boolean {
  if (Reflect.apply(Function.prototype[Symbol.hasInstance], type, [value]) === true) return true;
  if (type !== ShoalError || !(value instanceof Error)) return false;
  return Object.hasOwn(value, BRAND) && isErrorCode(Reflect.get(value, 'code'));
}

/** What stands for bytes of a name that are no UTF-8: a path with it leads to nothing. */
const REPLACEMENT = '\ufffd';

function textOf({ code, text }: DiskCode, { message }: Error): string {
  if (code !== 'PATH_NOT_FOUND' || !message.includes(REPLACEMENT)) return text;
  return `A name with ${REPLACEMENT} in it is not in UTF-8, and cannot be read here: rename it.`;
}

interface DiskCode {
  readonly code: ErrorCode;
  readonly text: string;
}

const DISK_CODES: Partial<Record<string, DiskCode>> = {
  ENOENT: { code: 'PATH_NOT_FOUND', text: 'There is no such file or folder: check the path.' },
  ENOTDIR: { code: 'PATH_NOT_FOUND', text: 'A part of the path is not a folder: check the path.' },
  EISDIR: { code: 'NOT_A_FILE', text: 'That is a folder: name a file.' },
  ENXIO: { code: 'NOT_A_FILE', text: 'That is a pipe, a socket or a device: name a file.' },
  ELOOP: {
    code: 'NOT_A_FILE',
    text: 'That is a link that is not followed here, or one that leads to itself: name the file itself.',
  },
  EACCES: {
    code: 'PERMISSION_DENIED',
    text: 'You may not read or write there: choose another place or change its permissions.',
  },
  EPERM: {
    code: 'PERMISSION_DENIED',
    text: 'You may not read or write there: choose another place or change its permissions.',
  },
  EROFS: { code: 'PERMISSION_DENIED', text: 'That disk is read-only: choose another place.' },
  ENOSPC: { code: 'NO_SPACE', text: 'The disk is full: free some space and try again.' },
  EDQUOT: { code: 'NO_SPACE', text: 'Your disk quota is used up: free some space and try again.' },
  EFBIG: { code: 'NO_SPACE', text: 'The file is larger than that disk allows: choose another place.' },
  EIO: { code: 'DISK_ERROR', text: 'The disk did not do what it was asked: check it and try again.' },
  EMFILE: { code: 'DISK_ERROR', text: 'Too many files are open: close some or raise the limit.' },
  ENFILE: { code: 'DISK_ERROR', text: 'Too many files are open on this computer: close some or raise the limit.' },
  ENAMETOOLONG: { code: 'INVALID_NAME', text: 'That name is too long for the disk: choose a shorter one.' },
};
