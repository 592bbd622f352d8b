import type { SharedFile } from './messages/tracker-records.js';

/**
 * All error codes. The strings are stable, so programs may compare them. Each comment gives the meaning and the remedy;
 * `npm run docs:errors` writes `docs/errors.md` from them.
 */
export const ERROR_CODES = [
  /** An `AbortSignal`, a cancellation, a sign-out or `close()` ended the operation. Remedy: Start it again if it is still wanted. */
  'ABORTED',
  /** The user is a member of the group. Remedy: Use the group; there is nothing to join. */
  'ALREADY_A_MEMBER',
  /** Another download writes to the same destination. Remedy: Wait until it ends, or choose another destination. */
  'ALREADY_DOWNLOADING',
  /** The client is signed in. Remedy: Call `logout` before the next `login`. */
  'ALREADY_LOGGED_IN',
  /** The user has asked to join the group before. Remedy: Wait for the owner's decision. */
  'ALREADY_REQUESTED',
  /** The client, or the part of it that does the work, is closed. Remedy: Create a new `ShoalClient`. */
  'CLOSED',
  /** Another process holds the data folder. Remedy: End that process, or choose another data folder. */
  'DATA_DIR_IN_USE',
  /** A file in the data folder is damaged or cannot be read, or the database of a tracker is not one of its own. Remedy: Read the message: it names the file, and what a removal costs. */
  'DATA_DIR_INVALID',
  /** The tracker of the data folder was moved into a database, or the move has not ended. Remedy: Start the tracker with that database, or end the move; the message says how to go back. */
  'DATA_DIR_MOVED',
  /** A newer version of Shoal uses the data folder, or the database of a tracker. Remedy: Update Shoal; in the editor, reload the window. */
  'DATA_DIR_NEWER',
  /** Something else stands at the destination. Remedy: Move it away, choose another destination, or pass `overwrite`. */
  'DESTINATION_EXISTS',
  /** The folder of the destination does not exist. Remedy: Create it, or choose another destination. */
  'DESTINATION_NOT_FOUND',
  /** Another process signed in with this device's key. Remedy: Give each process a data folder of its own, and sign in again. */
  'DEVICE_REPLACED',
  /** Every piece matches the manifest, but the whole file does not match its digest. Remedy: Ask who shares the file to share it again. */
  'DIGEST_MISMATCH',
  /** The client has no connection to the tracker. Remedy: Call `connect`; after a first connection, wait: the client reconnects by itself. */
  'DISCONNECTED',
  /** A read or a write on a disk failed, or too many files are open. Remedy: Check the disk and the limit of open files, and try again. */
  'DISK_ERROR',
  /** A network disk or a disk that a program serves does not answer. Remedy: Try again when the disk answers. */
  'DISK_UNAVAILABLE',
  /** No download has that id, or that name and state. Remedy: List the downloads, and choose one of them. */
  'DOWNLOAD_NOT_FOUND',
  /** A file changed while Shoal read or wrote it. Remedy: Try again when no other program writes to it. */
  'FILE_CHANGED',
  /** The group has no such file or folder. Remedy: List the group's files, and check the name. */
  'FILE_NOT_FOUND',
  /** The file's author or the group's owner removed it from the group. Remedy: Share it again, if the group still needs it. */
  'FILE_REMOVED',
  /** The file is larger than 1 TiB, or than what a version to open may have. Remedy: Split it into smaller files; download a version instead of opening it. */
  'FILE_TOO_LARGE',
  /** Some files of a folder download failed; all others are complete. Remedy: Read `failures`, remove the causes, and call `resume`. */
  'FOLDER_INCOMPLETE',
  /** The folder has more files than one share of a folder, or the device, may have. Remedy: Share folders in it one by one, or stop other shares. */
  'FOLDER_TOO_LARGE',
  /** A group has that name, or one that looks like it. Remedy: Choose another name, or ask to join that group. */
  'GROUP_EXISTS',
  /** The tracker has no group of that name. Remedy: List the groups, and check the name. */
  'GROUP_NOT_FOUND',
  /** Shoal failed in an unexpected way. Remedy: Create a new client and try again; if it happens again, report the message. */
  'INTERNAL',
  /** An argument has a value that the operation does not accept. Remedy: Correct the argument that the message names. */
  'INVALID_ARGUMENT',
  /** The name of a user, a group or a file breaks the rules for names. Remedy: Choose another name; the message states the rule. */
  'INVALID_NAME',
  /** A peer or a tracker cannot listen at the given address. Remedy: Choose another address or port. */
  'LISTEN_FAILED',
  /** A manifest is malformed, or describes other content. Remedy: Ask who shares the file to share it again. */
  'MANIFEST_INVALID',
  /** The tracker has no manifest of that content. Remedy: Upload the manifest first; as a downloader, ask who shares the file to share it again. */
  'MANIFEST_MISSING',
  /** Another member published the file of that name, or the name is both a file's and a folder's. Remedy: Share under another name, or ask that member. */
  'NAME_TAKEN',
  /** The path leads to a folder, a pipe, a device or a link. Remedy: Name a regular file. */
  'NOT_A_FILE',
  /** The path does not lead to a folder. Remedy: Name a folder. */
  'NOT_A_FOLDER',
  /** The user is not a member of the group. Remedy: Ask to join the group first; as its owner, check the user's name. */
  'NOT_A_MEMBER',
  /** Nobody is signed in, or the session has ended. Remedy: Call `login`. */
  'NOT_LOGGED_IN',
  /** This device does not share that file. Remedy: List the shares, and check the name. */
  'NOT_SHARED',
  /** Only the file's first author or the group's owner may do that. Remedy: Ask one of them. */
  'NOT_THE_AUTHOR',
  /** Only the group's owner may do that. Remedy: Ask the owner. */
  'NOT_THE_OWNER',
  /** A disk is full, a disk quota is used up, or the file is larger than the disk allows. Remedy: Free some space, or choose another disk; on a tracker, ask who runs it. */
  'NO_SPACE',
  /** Nothing stands at the path. Remedy: Check the path. */
  'PATH_NOT_FOUND',
  /** The peer can neither be dialled nor asked to meet, or the tracker does not arrange it. Remedy: Read the message: it says which of the two devices to change. */
  'PEER_UNREACHABLE',
  /** The system denies the access, or the path leads into a data folder of Shoal. Remedy: Change the permissions, or choose another place. */
  'PERMISSION_DENIED',
  /** The other end sent a message that this version cannot read. Remedy: Update the older of the two, and try again. */
  'PROTOCOL_ERROR',
  /** The user, device, group or address uses all that the tracker grants. Remedy: Give something up as the message says, or ask who runs the tracker. */
  'QUOTA_EXCEEDED',
  /** Too many requests arrived in a short time. Remedy: Wait as long as the message says, and try again. */
  'RATE_LIMITED',
  /** The tracker's relay carries all that it may for now. Remedy: Wait as long as the message says; or make one of the two devices reachable. */
  'RELAY_LIMITED',
  /** The user has no open request to join the group. Remedy: List the requests, and check the name. */
  'REQUEST_NOT_FOUND',
  /** A `.gitignore` or `.shoalignore` cannot be read, so that its folder could share what it excludes. Remedy: Save the file that the message names as UTF-8, or make it readable. */
  'RULES_INVALID',
  /** The tracker is stopping. Remedy: Try again in a moment. */
  'SHUTTING_DOWN',
  /** What answers at the tracker's `--swarm` cannot be used. Remedy: Correct what the message names: the password, the certificate, or the servers. */
  'SWARM_INVALID',
  /** The Redis Cluster of the tracker does not answer. Remedy: Try again in a moment; as who runs the tracker, start or repair the cluster. */
  'SWARM_UNREACHABLE',
  /** A serving peer does not accept the group ticket. Remedy: Fetch a new ticket, as the client does by itself; check the membership if it goes on. */
  'TICKET_REFUSED',
  /** No answer arrived in time. Remedy: Try again. */
  'TIMEOUT',
  /** The device shares and downloads as many files as one data folder can record. Remedy: Stop sharing some, or use another data folder. */
  'TOO_MANY_SHARES',
  /** Another key answers at the tracker's address. Remedy: Ask who runs the tracker for its fingerprint before you trust it. */
  'TRACKER_CHANGED',
  /** Client and tracker speak different versions of the protocol. Remedy: Update the older of the two. */
  'TRACKER_INCOMPATIBLE',
  /** The tracker's address or fingerprint, or `tracker_info.txt`, is malformed. Remedy: Correct what the message names. */
  'TRACKER_INVALID',
  /** No tracker answers at the address. Remedy: Check the address and the network, and that the tracker runs. */
  'TRACKER_UNREACHABLE',
  /** The tracker cannot reach its database, or too many change the same there. Nothing has changed. Remedy: Try again in as many seconds as the message says. */
  'UNAVAILABLE',
  /** The terminal client has no such command. Remedy: Type `help` for the list. */
  'UNKNOWN_COMMAND',
  /** A command line of the terminal client or the tracker is malformed. Remedy: Write it as the message shows. */
  'USAGE',
  /** A user has that name, or one that looks like it. Remedy: Choose another name, or log in. */
  'USER_EXISTS',
  /** The tracker has no user of that name; current trackers answer `WRONG_PASSWORD` at a login. Remedy: Check the name, or create the user. */
  'USER_NOT_FOUND',
  /** The file has a newer version than the one that the new version is based on; `newest` of the error is that version. Remedy: Look at the newest version, and publish with it as the base. */
  'VERSION_CONFLICT',
  /** The file has no version of that number, or the group keeps it no longer. Remedy: List the versions, and choose one of them. */
  'VERSION_NOT_FOUND',
  /** The password is wrong, or the tracker has no such user. Remedy: Check both, and try again. */
  'WRONG_PASSWORD',
] as const;

/** One of the error codes. */
export type ErrorCode = (typeof ERROR_CODES)[number];

const KNOWN: ReadonlySet<string> = new Set(ERROR_CODES);

/** Whether a value is an error code that this version knows. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && KNOWN.has(value);
}

/** Marks the errors of every copy of the class: each CommonJS build of a package, and each bundle, contains its own copy. */
const BRAND = Symbol.for('@shoal/ShoalError');

/**
 * The error class of Shoal. `code` is for programs; `message` says what happened and what to do next, for people.
 * `instanceof ShoalError` works across packages, subpaths and module formats.
 */
export class ShoalError extends Error {
  /** The cause, for programs. */
  readonly code: ErrorCode;
  /** The newest version of the file, as the group lists it. Only `VERSION_CONFLICT` has it. */
  declare readonly newest?: SharedFile;

  /** Creates an error. `options.cause` is the original error. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { newest?: SharedFile | undefined }) {
    super(message, options);
    this.name = 'ShoalError';
    this.code = code;
    if (options?.newest) this.newest = options.newest;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Accepts errors from other copies of this class if this copy knows their code. Subclasses accept only their own instances. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass calls this method for itself
    return isInstance(value, this);
  }

  /**
   * Converts any thrown value to a `ShoalError`: an `AbortError` becomes `ABORTED`, an error of the file system gets the code for its
   * `errno`, and everything else gets `fallback`. A `ShoalError` is returned as it is.
   */
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

/** Replaces invalid UTF-8 in a name. A path that contains it never exists. */
const REPLACEMENT = '\ufffd';

function textOf({ code, text }: DiskCode, { message }: Error): string {
  if (code !== 'PATH_NOT_FOUND' || !message.includes(REPLACEMENT)) return text;
  return `A name with ${REPLACEMENT} is not in UTF-8 and cannot be read: rename the file.`;
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
    text: 'That is a link, which is not followed here: name the file itself.',
  },
  EACCES: {
    code: 'PERMISSION_DENIED',
    text: 'Access is denied: choose another place, or change the permissions.',
  },
  EPERM: {
    code: 'PERMISSION_DENIED',
    text: 'Access is denied: choose another place, or change the permissions.',
  },
  EROFS: { code: 'PERMISSION_DENIED', text: 'That disk is read-only: choose another place.' },
  ENOSPC: { code: 'NO_SPACE', text: 'The disk is full: free some space and try again.' },
  EDQUOT: { code: 'NO_SPACE', text: 'Your disk quota is used up: free some space and try again.' },
  EFBIG: { code: 'NO_SPACE', text: 'The file is larger than that disk allows: choose another place.' },
  EIO: { code: 'DISK_ERROR', text: 'The disk reported an error: check it and try again.' },
  EMFILE: { code: 'DISK_ERROR', text: 'Too many files are open: close some or raise the limit.' },
  ENFILE: { code: 'DISK_ERROR', text: 'Too many files are open on this computer: close some or raise the limit.' },
  ENAMETOOLONG: { code: 'INVALID_NAME', text: 'That name is too long for the disk: choose a shorter one.' },
};
