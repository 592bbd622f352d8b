/** Bounds that both ends of every wire keep to. A peer or tracker that exceeds one is cut off. */

/** Bytes in every piece but a file's last. */
export const PIECE_BYTES = 512 * 1024;

/** Pieces in the largest file: 1 TiB at 512 KiB each. */
export const MAX_PIECES = 1 << 21;

export const MAX_FILE_BYTES = PIECE_BYTES * MAX_PIECES;

/** Bytes of file data in one DATA frame. */
export const MAX_BLOCK_BYTES = 128 * 1024;

/** REQUESTs a requester may have unanswered on one connection. */
export const MAX_OUTSTANDING_REQUESTS = 128;

/** Pieces that one WANT may name. */
export const MAX_WANTED_PIECES = 128;

/** Files that may be open at once on one connection. */
export const MAX_CHANNELS = 1024;

/** Bytes in one JSON message between client and tracker, either way. */
export const MAX_TRACKER_MESSAGE_BYTES = 1024 * 1024;

/** Peers handed out for one file: drawn by user, then by device, where there are more. */
export const MAX_SOURCES = 50;

/** Devices that a question for sources may leave out, because they brought nothing; and those that a report may name. */
export const MAX_NAMED_DEVICES = 100;

/** Bytes of the items of one list in a message, as they are written; the rest of a message is for what stands around them. */
export const MAX_LIST_BYTES = 512 * 1024;

/** Groups, members or requests in one page of a list. */
export const MAX_PAGE_ROWS = 1000;

/** Items in a list where nothing less is said: more do not fit into a message. */
export const MAX_LISTED = 32_768;

/** Names of folders, and the file's own, in the path under which a file is shared; and its bytes of UTF-8. */
export const MAX_PATH_SEGMENTS = 32;
export const MAX_PATH_BYTES = 1024;

/** Files in one batch. */
export const MAX_BATCH_FILES = 256;

/** Bytes of a manifest that goes with its file into a batch; a larger one goes on its own, before. */
export const MAX_INLINE_MANIFEST_BYTES = 2048;

/** Bytes of all manifests in one answer. */
export const MAX_ANSWERED_MANIFEST_BYTES = 512 * 1024;

/** Sources of each file in a batch. */
export const MAX_BATCH_SOURCES = 8;

/** Files in one page of a list. */
export const MAX_PAGE_FILES = 500;

/** Items in one `announce` or `withdraw`. */
export const MAX_ANNOUNCE_ITEMS = 1000;

/** Characters (code points) in a user's or group's name. */
export const MAX_NAME_CHARACTERS = 64;

/** UTF-8 bytes in a shared file's name: what common file systems hold. */
export const MAX_FILE_NAME_BYTES = 255;

/** UTF-8 bytes in a password. */
export const MAX_PASSWORD_BYTES = 1024;

/** Bytes in a group ticket (a compact JWS). */
export const MAX_TICKET_BYTES = 4096;

/** How long a group ticket holds; it is renewed at half of that. */
export const TICKET_LIFETIME_MS = 5 * 60_000;
