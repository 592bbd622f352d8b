import * as z from 'zod';
import {
  MAX_BATCH_FILES,
  MAX_FILE_BYTES,
  MAX_LISTED,
  MAX_NAMED_DEVICES,
  MAX_PAGE_ROWS,
  MAX_PASSWORD_BYTES,
} from './limits.js';

/** The records in requests, answers and events of the tracker protocol. */

export const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
export const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
export const name = z.string().min(1).max(256);
export const fileName = z.string().min(1).max(1024);
export const timestamp = z.number().int().nonnegative();
export const port = z.number().int().min(1).max(65_535);
export const epoch = z.number().int().nonnegative();
export const nothing = z.object({});
export const password = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= MAX_PASSWORD_BYTES);

export const ticketKey = z.object({
  /** Key type. */
  kty: z.literal('EC'),
  /** Curve. */
  crv: z.literal('P-256'),
  /** X coordinate, base64url. */
  x: base64url.max(64),
  /** Y coordinate, base64url. */
  y: base64url.max(64),
  /** Id of the key, which tickets name in their header. */
  kid: z.string().min(1).max(128),
});

export const device = z.object({
  /** Public key (SPKI, DER), base64url. */
  publicKey: base64url.max(512),
  /** Signature of `deviceProofText`, base64url. */
  proof: base64url.max(512),
  /** Where the device serves pieces; without `host`, at the address that the tracker sees. Null: it serves none. */
  endpoint: z.object({ host: z.string().min(1).max(255).optional(), port }).nullable(),
});

const standing = z.enum(['owner', 'member', 'requested', 'none']);

export const group = z.object({
  /** The name of the group. */
  groupId: name,
  /** Relation of the signed-in user to the group. */
  standing,
  /** The user who owns the group. */
  ownerId: name,
  /** Number of members. */
  members: z.number().int().nonnegative(),
  /** Membership epoch: grows by one at each removal. 0 for non-members. */
  epoch,
});

export const session = z.object({
  userId: name,
  token: base64url.max(128),
  deviceId: hex32,
  /** The first page of the groups that the user is a member of, as `listGroups` with `mine` returns it. */
  groups: z.array(group).max(MAX_LISTED),
  /** The `after` of the next page, if there is one. */
  nextGroups: name.nullish(),
});

export const sharedFile = z.object({
  /** The name of the file in the group; in a folder, its path with slashes. */
  fileName,
  /** Id of the manifest: 64 hexadecimal digits. */
  manifestId: hex32,
  /** Size of the file in bytes. */
  sizeBytes: z.number().int().nonnegative().max(MAX_FILE_BYTES),
  /** The user who shared the file first. */
  sharedBy: name,
  /** When the file was shared first, in milliseconds since 1970. */
  sharedAtMs: timestamp,
  /** Online devices with some or all pieces of the file. */
  sharersOnline: z.number().int().nonnegative(),
  /** Online devices with all pieces of the file. */
  completeSources: z.number().int().nonnegative(),
});

export const source = z.object({
  /** Id of the device: 64 hexadecimal digits. */
  deviceId: hex32,
  /** The user of the device. */
  userId: name,
  /** Address that peers dial. */
  host: z.string().min(1).max(255),
  /** Port that peers dial. */
  port,
  /** Whether the device has all pieces. */
  complete: z.boolean(),
});

export const content = z.object({ groupId: name, manifestId: hex32 });
export const inGroup = z.object({ groupId: name });
/** A position in a list sorted by time. Its content is private to the tracker; the client sends it back unchanged. */
export const place = z.string().min(1).max(300);
export const pageInGroup = inGroup.extend({
  after: place.optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_ROWS).optional(),
});
export const aboutUser = z.object({ groupId: name, userId: name });
export const aboutFile = z.object({ groupId: name, fileName });

export const deviceIds = z.array(hex32).max(MAX_NAMED_DEVICES);
export const fileNames = z.array(fileName).min(1).max(MAX_BATCH_FILES);
export const stopped = z.object({ fileName, manifestId: hex32 });
/** Why one item of a batch failed. The other items are not affected. */
export const refusal = z.object({ code: z.string().max(64), message: z.string().max(4096) });

/** The public half of a tracker's ticket key, as a JSON Web Key. */
export interface TicketKey extends z.infer<typeof ticketKey> {}
/** A device that signs in: its key, the proof that it holds the private key, and its endpoint. */
export interface DeviceProof extends z.infer<typeof device> {}
/** A group, as one user sees it. */
export interface Group extends z.infer<typeof group> {}
/** A file that a group shares. */
export interface SharedFile extends z.infer<typeof sharedFile> {}
/** A peer that has some or all pieces of a file. */
export interface Source extends z.infer<typeof source> {}
