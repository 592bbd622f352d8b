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
} from './limits.js';
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
  stopped,
  ticketKey,
  timestamp,
} from './tracker-records.js';

/**
 * Everything that client and tracker say to one another: JSON-RPC 2.0 over one WebSocket, requests from the client,
 * notifications from the tracker. Both ends parse what they receive with these schemas, in which every list has a bound: one
 * that is too long is refused before its items are looked at, so that a message takes memory in proportion to its text.
 */

/** The version of this protocol; it grows by one when an older client or tracker could not go on. */
export const TRACKER_PROTOCOL = 1;

/** The path of the WebSocket on the tracker's port. Manifests are at `/manifests/<id>`. */
export const TRACKER_SOCKET_PATH = '/shoal';

/** What each request takes and gives. */
export const TRACKER_METHODS = {
  /** The first request on a connection; `challenge` is what a device signs to prove its key. */
  hello: {
    params: z.object({
      protocol: z.number().int(),
      client: z.string().max(128),
      /** Events beyond those of 0.1 that the client understands. */
      accepts: z.array(z.string().max(32)).max(16).optional(),
    }),
    result: z.object({
      protocol: z.number().int(),
      tracker: z.string().max(128),
      challenge: base64url.max(128),
      nowMs: timestamp,
      ticketKeys: z.array(ticketKey).min(1).max(8),
    }),
  },
  createUser: {
    params: z.object({ userId: name, password }),
    result: z.object({ userId: name }),
  },
  login: {
    params: z.object({ userId: name, password, device }),
    result: session,
  },
  /** Takes up a session again on a new connection. */
  resume: { params: z.object({ token: base64url.max(128), device }), result: session },
  logout: { params: nothing, result: nothing },
  /** Ends all other sessions of the user. */
  changePassword: { params: z.object({ password, newPassword: password }), result: nothing },
  createGroup: { params: inGroup, result: group },
  joinGroup: { params: inGroup, result: group },
  leaveGroup: {
    params: inGroup,
    result: z.object({ dissolved: z.boolean(), newOwnerId: name.nullable() }),
  },
  /** In the order of their keys, page after page: `next` is the next one's `after`. `mine`: only those of which the user is a member. */
  listGroups: {
    params: z.object({
      mine: z.boolean().optional(),
      after: name.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_ROWS).optional(),
    }),
    result: z.object({ groups: z.array(group).max(MAX_LISTED), next: name.nullish() }),
  },
  /** Oldest first, page after page. */
  listMembers: {
    params: pageInGroup,
    result: z.object({
      members: z.array(z.object({ userId: name, owner: z.boolean(), sinceMs: timestamp })).max(MAX_LISTED),
      next: place.nullish(),
    }),
  },
  /** Oldest first, page after page. */
  listRequests: {
    params: pageInGroup,
    result: z.object({
      requests: z.array(z.object({ userId: name, requestedAtMs: timestamp })).max(MAX_LISTED),
      next: place.nullish(),
    }),
  },
  acceptRequest: { params: aboutUser, result: nothing },
  rejectRequest: { params: aboutUser, result: nothing },
  removeMember: { params: aboutUser, result: nothing },
  /** In the order of their keys, page after page: `next` is the next one's `after`. `folder`: only what lies in it. */
  listFiles: {
    params: inGroup.extend({
      folder: fileName.optional(),
      after: fileName.optional(),
      limit: z.number().int().min(1).max(MAX_PAGE_FILES).optional(),
    }),
    result: z.object({ files: z.array(sharedFile).max(MAX_PAGE_FILES), next: fileName.nullable() }),
  },
  /** Registers a file under a name; its manifest must have been uploaded before (`MANIFEST_MISSING`). */
  shareFile: {
    params: z.object({ groupId: name, fileName, manifestId: hex32 }),
    result: z.object({ file: sharedFile }),
  },
  /** As `shareFile`, for many: each on its own account, all in one step. A small manifest may come with its file. */
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
  stopShare: { params: aboutFile, result: nothing },
  stopShares: {
    params: inGroup.extend({ fileNames }),
    result: z.object({ files: z.array(z.union([refusal, nothing])).max(MAX_BATCH_FILES) }),
  },
  /** Manifests of the group's files; null for one that it has none of, and for one that made the answer too long. */
  getManifests: {
    params: inGroup.extend({ manifestIds: z.array(hex32).min(1).max(MAX_BATCH_FILES) }),
    result: z.object({
      manifests: z
        .array(base64url.max(Math.ceil((MAX_ANSWERED_MANIFEST_BYTES * 4) / 3)).nullable())
        .max(MAX_BATCH_FILES),
    }),
  },
  /** As `findSources`, for many, without what comes after; a source's `device` is its place in `devices`. */
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
  /** Says what this device serves now; what is refused comes back with the reason's code. */
  announce: {
    params: z.object({
      items: z.array(content.extend({ complete: z.boolean() })).max(MAX_ANNOUNCE_ITEMS),
    }),
    result: z.object({ refused: z.array(content.extend({ code: z.string().max(64) })).max(MAX_ANNOUNCE_ITEMS) }),
  },
  withdraw: { params: z.object({ items: z.array(content).max(MAX_ANNOUNCE_ITEMS) }), result: nothing },
  /**
   * Where a file can be had now; from here on `sourceCame` and `sourceWent` follow, until `unwatch`. `exclude`: devices that are not to be
   * named, because they brought nothing.
   */
  findSources: {
    params: aboutFile.extend({ exclude: deviceIds.optional() }),
    result: z.object({ file: sharedFile, sources: z.array(source).max(MAX_SOURCES) }),
  },
  /** `served`: devices that verified bytes came from. */
  unwatch: { params: content.extend({ served: deviceIds.optional() }), result: nothing },
  /** A group ticket for this device: a compact JWS to show to those who serve pieces. */
  ticket: {
    params: inGroup,
    result: z.object({ ticket: z.string().max(MAX_TICKET_BYTES), expiresAtMs: timestamp, epoch }),
  },
} as const;

const sourceCame = z.object({ groupId: name, manifestId: hex32, source });
const sourceWent = z.object({ groupId: name, manifestId: hex32, deviceId: hex32 });

/** Events that a tracker sends only to a client that says in its `hello` that it accepts them: 0.1 has them not. */
export const OPTIONAL_EVENTS = ['missed', 'sourcesChanged'] as const;

/** What the tracker tells without being asked. */
export const TRACKER_EVENTS = {
  /** To a group's owner. */
  joinRequested: z.object({ groupId: name, userId: name, requestedAtMs: timestamp }),
  /** To a group's members and the one whom it is about. */
  membershipChanged: z.object({
    groupId: name,
    userId: name,
    change: z.enum(['joined', 'rejected', 'left', 'removed', 'dissolved']),
    ownerId: name,
    epoch,
  }),
  fileShared: z.object({ groupId: name, file: sharedFile }),
  /** Many at once. */
  filesShared: z.object({ groupId: name, files: z.array(sharedFile).max(MAX_BATCH_FILES) }),
  filesStopped: z.object({ groupId: name, files: z.array(stopped).max(MAX_BATCH_FILES) }),
  fileStopped: z.object({ groupId: name, fileName, manifestId: hex32 }),
  sourceCame,
  sourceWent,
  /** Many of both at once, to those who accept it. */
  sourcesChanged: z.object({ changes: z.array(z.union([sourceCame, sourceWent])).max(MAX_BATCH_FILES) }),
  /** To those who accept it: events about this group (null: any) were dropped, for they were not read in time. What is to be known is asked for anew. */
  missed: z.object({ groupId: name.nullable() }),
  /** The account signed in from the same device elsewhere, or the session was ended: this connection is over. */
  sessionEnded: z.object({ reason: z.enum(['replaced', 'expired']) }),
} as const;

export type TrackerMethod = keyof typeof TRACKER_METHODS;
export type TrackerParams<M extends TrackerMethod> = z.infer<(typeof TRACKER_METHODS)[M]['params']>;
export type TrackerResult<M extends TrackerMethod> = z.infer<(typeof TRACKER_METHODS)[M]['result']>;
export type TrackerEventName = keyof typeof TRACKER_EVENTS;
export type TrackerEvent<E extends TrackerEventName> = z.infer<(typeof TRACKER_EVENTS)[E]>;

/** The JSON-RPC error code of every ShoalError; which one it is stands in `data.code`. */
export const RPC_SHOAL_ERROR = -32_000;

export const RPC_ERROR_DATA = z.object({ code: z.string().max(64) });

/** What a group ticket claims, beside the registered `iat` and `exp` (seconds). */
export const TICKET_CLAIMS = z.object({
  /** The group's name. */
  grp: name,
  /** The user's name. */
  sub: name,
  /** The device's id: only the holder of that key may show the ticket. */
  dev: hex32,
  /** The group's membership epoch when the ticket was made. */
  epo: epoch,
  iat: z.number().int(),
  exp: z.number().int(),
});

export type TicketClaims = z.infer<typeof TICKET_CLAIMS>;

/** What a device signs (ECDSA P-256, SHA-256) to prove its key to the tracker with this fingerprint, once. */
export function deviceProofText(trackerFingerprint: string, challenge: string): string {
  return `shoal device proof\n${trackerFingerprint}\n${challenge}`;
}
