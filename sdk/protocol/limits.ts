/** Bounds of the protocols. A peer or tracker that exceeds one is disconnected. */

/** Bytes in every piece except the last one of a file. */
export const PIECE_BYTES = 512 * 1024;

/** Pieces in the largest file: 1 TiB at 512 KiB each. */
export const MAX_PIECES = 1 << 21;

/** Bytes in the largest file: 1 TiB. */
export const MAX_FILE_BYTES = PIECE_BYTES * MAX_PIECES;

/** Bytes of file data in one DATA frame. */
export const MAX_BLOCK_BYTES = 128 * 1024;

/** Unanswered REQUESTs on one connection. */
export const MAX_OUTSTANDING_REQUESTS = 128;

/** Pieces in one WANT. */
export const MAX_WANTED_PIECES = 128;

/** Open files on one connection. */
export const MAX_CHANNELS = 1024;

/** Bytes in one JSON message between client and tracker, in either direction. */
export const MAX_TRACKER_MESSAGE_BYTES = 1024 * 1024;

/** Sources in the answer for one file. If there are more, the tracker samples users first, then devices. */
export const MAX_SOURCES = 50;

/** Devices that a request for sources may exclude because they sent nothing, and devices that a report may name. */
export const MAX_NAMED_DEVICES = 100;

/** Bytes of the items of one list in a message, as JSON. The rest of the message is for its other parts. */
export const MAX_LIST_BYTES = 512 * 1024;

/** Groups, members or requests in one page of a list. */
export const MAX_PAGE_ROWS = 1000;

/** Items in a list without a smaller bound of its own: more do not fit into a message. */
export const MAX_LISTED = 32_768;

/** Segments in the path of a shared file: the names of its folders, and its own. */
export const MAX_PATH_SEGMENTS = 32;

/** UTF-8 bytes in the path of a shared file. */
export const MAX_PATH_BYTES = 1024;

/** Files in one batch. */
export const MAX_BATCH_FILES = 256;

/** Bytes of a manifest inside a batch. A larger one is uploaded before the batch. */
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

/** UTF-8 bytes in one name of a path: the bound of common file systems. */
export const MAX_FILE_NAME_BYTES = 255;

/** UTF-8 bytes in a password. */
export const MAX_PASSWORD_BYTES = 1024;

/** Bytes in a group ticket (a compact JWS). */
export const MAX_TICKET_BYTES = 4096;

/** Keys that sign a tracker's group tickets, one after the other. */
export const MAX_TICKET_KEYS = 8;

/** Lifetime of a group ticket in milliseconds. Clients renew it after half of that. */
export const TICKET_LIFETIME_MS = 5 * 60_000;

/** The largest number of a version. */
export const MAX_VERSION = 2 ** 31 - 1;

/** Characters (UTF-16 units) in the note of a version. */
export const MAX_NOTE_CHARACTERS = 500;

/** Versions in one page of a list. */
export const MAX_PAGE_VERSIONS = 100;

/** Versions of a file that a group keeps at most, by its own setting. */
export const MAX_KEPT_VERSIONS = 10_000;

/** Days that a group keeps a version at most, by its own setting. */
export const MAX_KEPT_DAYS = 3650;

/** Names in one `setEmptyFolders`. */
export const MAX_EMPTY_FOLDERS = 10_000;

/** Tickets in one `proveEpochs`. */
export const MAX_PROVED_TICKETS = 64;

/** Nodes of a tracker in the answer to `hello`, and in `stopping`. A client that is told of more draws among them. */
export const MAX_TRACKER_NODES = 16;

/** The longest time within which a client leaves a node that stops, in milliseconds. */
export const MAX_LEAVING_MS = 60_000;

/** Maximum number of addresses of a device. */
export const MAX_ADDRESSES = 8;
