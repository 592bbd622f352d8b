import * as z from 'zod';
import {
  MAX_ANNOUNCE_ITEMS,
  MAX_ANSWERED_MANIFEST_BYTES,
  MAX_BATCH_FILES,
  MAX_BATCH_SOURCES,
  MAX_INLINE_MANIFEST_BYTES,
  MAX_LISTED,
  MAX_PAGE_FILES,
  MAX_PAGE_ROWS,
  MAX_SOURCES,
  MAX_TICKET_BYTES,
  MAX_TICKET_KEYS,
  MAX_TRACKER_NODES,
} from '../limits.js';
import { EMPTY_FOLDER_METHODS } from './empty-folder-messages.js';
import { OWN_SHARE_METHODS } from './own-share-messages.js';
import { REACH_METHODS } from './reach-messages.js';
import {
  aboutFile,
  aboutUser,
  base64url,
  content,
  device,
  deviceIds,
  epoch,
  fileName,
  fileNames,
  group,
  groupSettings,
  hex32,
  inGroup,
  name,
  nothing,
  pageInGroup,
  password,
  place,
  refusal,
  session,
  sharedFile,
  source,
  ticketKey,
  timestamp,
  trackerNode,
  versionNumber,
} from './tracker-records.js';
import { VERSION_METHODS } from './version-messages.js';

/**
 * The messages between client and tracker: JSON-RPC 2.0 over one WebSocket, with requests from the client and notifications from the
 * tracker. Both ends parse what they receive with these schemas. Every list has a bound, and a longer one is refused before its items are
 * parsed, so that a message takes memory in proportion to its text.
 */

/** The version of this protocol. It grows by one with each incompatible change. */
export const TRACKER_PROTOCOL = 1;

/** The path of the WebSocket on the tracker. Manifests are at `/manifests/<id>`. */
export const TRACKER_SOCKET_PATH = '/shoal';

/** The schemas of the parameters and the result of each request. */
export const TRACKER_METHODS = {
  /** The first request on a connection. A device signs `challenge` to prove its key. */
  hello: {
    params: z.object({
      protocol: z.number().int(),
      client: z.string().max(128),
      /** Events that version 0.1 did not have and that the client understands. */
      accepts: z.array(z.string().max(32)).max(16).optional(),
    }),
    result: z.object({
      protocol: z.number().int(),
      tracker: z.string().max(128),
      challenge: base64url.max(128),
      nowMs: timestamp,
      ticketKeys: z.array(ticketKey).min(1).max(MAX_TICKET_KEYS),
      /** What the tracker offers beyond version 0.1: `versions`, `emptyFolders`, `ownShares`, `reach`, `meetings`, `punch`, `relay`. */
      offers: z.array(z.string().max(32)).max(64).optional(),
      /** Where clients dial the nodes of the tracker, drawn if there are more. All of them have one fingerprint and the same accounts. */
      nodes: z.array(trackerNode).max(MAX_TRACKER_NODES).optional(),
    }),
  },
  /** Creates an account. */
  createUser: {
    params: z.object({ userId: name, password }),
    result: z.object({ userId: name }),
  },
  /** Starts a session with a password. */
  login: {
    params: z.object({ userId: name, password, device }),
    result: session,
  },
  /** Continues a session on a new connection. */
  resume: { params: z.object({ token: base64url.max(128), device }), result: session },
  /** Ends the session. */
  logout: { params: nothing, result: nothing },
  /** Changes the password, and ends all other sessions of the user. */
  changePassword: { params: z.object({ password, newPassword: password }), result: nothing },
  /** Creates a group. */
  createGroup: { params: inGroup.extend(groupSettings.shape), result: group },
  /** Changes settings of a group; those that are left out stay. Its owner may do that. */
  changeGroup: { params: inGroup.extend(groupSettings.shape), result: group },
  /** Asks to join a group. */
  joinGroup: { params: inGroup, result: group },
  /** Leaves a group, or withdraws the request to join it. */
  leaveGroup: {
    params: inGroup,
    result: z.object({ dissolved: z.boolean(), newOwnerId: name.nullable() }),
  },
  /** One page of the groups, sorted by key; `next` is the `after` of the next page. `mine`: only groups that the user is a member of. */
  listGroups: {
    params: z.object({
      mine: z.boolean().optional(),
      after: name.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_ROWS).optional(),
    }),
    result: z.object({ groups: z.array(group).max(MAX_LISTED), next: name.nullish() }),
  },
  /** One page of the members, oldest first. */
  listMembers: {
    params: pageInGroup,
    result: z.object({
      members: z.array(z.object({ userId: name, owner: z.boolean(), sinceMs: timestamp })).max(MAX_LISTED),
      next: place.nullish(),
    }),
  },
  /** One page of the requests to join, oldest first. */
  listRequests: {
    params: pageInGroup,
    result: z.object({
      requests: z.array(z.object({ userId: name, requestedAtMs: timestamp })).max(MAX_LISTED),
      next: place.nullish(),
    }),
  },
  /** Accepts a request to join. */
  acceptRequest: { params: aboutUser, result: nothing },
  /** Rejects a request to join. */
  rejectRequest: { params: aboutUser, result: nothing },
  /** Removes a member. */
  removeMember: { params: aboutUser, result: nothing },
  /** One page of the files, sorted by key; `next` is the `after` of the next page. `folder`: only the files in it. */
  listFiles: {
    params: inGroup.extend({
      folder: fileName.optional(),
      after: fileName.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_FILES).optional(),
    }),
    result: z.object({ files: z.array(sharedFile).max(MAX_PAGE_FILES), next: fileName.nullable() }),
  },
  /**
   * Registers that this device has a file. A new name begins with version 1. The content of a known name must be one of its versions.
   * Its manifest must be uploaded first (`MANIFEST_MISSING`).
   */
  shareFile: {
    params: z.object({ groupId: name, fileName, manifestId: hex32 }),
    result: z.object({ file: sharedFile }),
  },
  /** Like `shareFile`, for many files in one step; each succeeds or fails alone. The item may contain a small manifest. */
  shareFiles: {
    params: inGroup.extend({
      files: z
        .array(
          z.object({
            fileName,
            manifestId: hex32,
            manifest: base64url.max(Math.ceil((MAX_INLINE_MANIFEST_BYTES * 4) / 3)).optional(),
          }),
        )
        .min(1)
        .max(MAX_BATCH_FILES),
    }),
    result: z.object({ files: z.array(z.union([z.object({ file: sharedFile }), refusal])).max(MAX_BATCH_FILES) }),
  },
  ...VERSION_METHODS,
  ...EMPTY_FOLDER_METHODS,
  ...OWN_SHARE_METHODS,
  ...REACH_METHODS,
  /** Stops sharing a file. */
  stopShare: { params: aboutFile, result: nothing },
  /** Like `stopShare`, for many files; each succeeds or fails alone. */
  stopShares: {
    params: inGroup.extend({ fileNames }),
    result: z.object({ files: z.array(z.union([refusal, nothing])).max(MAX_BATCH_FILES) }),
  },
  /** Manifests of the group's files. Null: the group has no such file, or the manifest did not fit into the answer. */
  getManifests: {
    params: inGroup.extend({ manifestIds: z.array(hex32).min(1).max(MAX_BATCH_FILES) }),
    result: z.object({
      manifests: z
        .array(base64url.max(Math.ceil((MAX_ANSWERED_MANIFEST_BYTES * 4) / 3)).nullable())
        .max(MAX_BATCH_FILES),
    }),
  },
  /** Like `findSources`, for many files and without later events. `device` of a source is its index in `devices`. */
  locateFiles: {
    params: inGroup.extend({ fileNames, exclude: deviceIds.optional() }),
    result: z.object({
      files: z
        .array(
          z.union([
            z.object({
              file: sharedFile,
              sources: z
                .array(z.object({ device: z.number().int().nonnegative(), complete: z.boolean() }))
                .max(MAX_BATCH_SOURCES),
            }),
            refusal,
          ]),
        )
        .max(MAX_BATCH_FILES),
      devices: z.array(source.omit({ complete: true })).max(MAX_BATCH_FILES * MAX_BATCH_SOURCES),
    }),
  },
  /** Announces what this device serves. The answer lists refused items with an error code. */
  announce: {
    params: z.object({
      items: z.array(content.extend({ complete: z.boolean() })).max(MAX_ANNOUNCE_ITEMS),
    }),
    result: z.object({ refused: z.array(content.extend({ code: z.string().max(64) })).max(MAX_ANNOUNCE_ITEMS) }),
  },
  /** Withdraws what this device announced. */
  withdraw: { params: z.object({ items: z.array(content).max(MAX_ANNOUNCE_ITEMS) }), result: nothing },
  /**
   * Returns the current sources of a file. Until `unwatch`, the events `sourceCame` and `sourceWent` follow. `exclude`: devices to leave
   * out because they sent nothing. `version`: that version instead of the newest.
   */
  findSources: {
    params: aboutFile.extend({ exclude: deviceIds.optional(), version: versionNumber.optional() }),
    result: z.object({ file: sharedFile, sources: z.array(source).max(MAX_SOURCES) }),
  },
  /** Ends the events about a file. `served`: devices that sent verified bytes. */
  unwatch: { params: content.extend({ served: deviceIds.optional() }), result: nothing },
  /** Issues a group ticket for this device: a compact JWS to present to serving peers. */
  ticket: {
    params: inGroup,
    result: z.object({ ticket: z.string().max(MAX_TICKET_BYTES), expiresAtMs: timestamp, epoch }),
  },
} as const;

/** The name of a request. */
export type TrackerMethod = keyof typeof TRACKER_METHODS;
/** The parameters of a request. */
export type TrackerParams<M extends TrackerMethod> = z.infer<(typeof TRACKER_METHODS)[M]['params']>;
/** The result of a request. */
export type TrackerResult<M extends TrackerMethod> = z.infer<(typeof TRACKER_METHODS)[M]['result']>;
/** The JSON-RPC error code of every `ShoalError`; `data.code` contains the code of the `ShoalError`. */
export const RPC_SHOAL_ERROR = -32_000;

/** The schema of `data` in a JSON-RPC error. */
export const RPC_ERROR_DATA = z.object({
  code: z.string().max(64),
  /** The newest version, if the code is `VERSION_CONFLICT`. */
  newest: sharedFile.optional(),
});

/** The claims of a group ticket. */
export const TICKET_CLAIMS = z.object({
  /** The name of the group. */
  grp: name,
  /** The name of the user. */
  sub: name,
  /** The id of the device. Only that device can present the ticket. */
  dev: hex32,
  /** The membership epoch of the group when the ticket was issued. */
  epo: epoch,
  /** When the ticket was issued, in seconds since 1970. */
  iat: z.number().int(),
  /** When the ticket expires, in seconds since 1970. */
  exp: z.number().int(),
});

/** The claims of a group ticket. */
export type TicketClaims = z.infer<typeof TICKET_CLAIMS>;

/** The text that a device signs (ECDSA P-256, SHA-256) to prove its key to the tracker with this fingerprint, once per challenge. */
export function deviceProofText(trackerFingerprint: string, challenge: string): string {
  return `shoal device proof\n${trackerFingerprint}\n${challenge}`;
}
