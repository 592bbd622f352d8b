import * as z from 'zod';
import {
  MAX_ADDRESSES,
  MAX_BATCH_FILES,
  MAX_FILE_BYTES,
  MAX_KEPT_DAYS,
  MAX_KEPT_VERSIONS,
  MAX_LISTED,
  MAX_NAMED_DEVICES,
  MAX_NOTE_CHARACTERS,
  MAX_PAGE_ROWS,
  MAX_PASSWORD_BYTES,
  MAX_VERSION,
} from '../limits.js';

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

/** Where the device serves pieces; without `host`, at the address that the tracker sees. Null: it serves none. */
export const peerEndpoint = z.object({ host: z.string().min(1).max(255).optional(), port }).nullable();

/** Where clients dial a node of a tracker. */
export const trackerNode = z.object({
  /** An IP address, or a name. */
  host: z.string().min(1).max(255),
  port,
});

/** An address of a device, and where the device has it from. */
export const deviceAddress = z.object({
  /** An IP address. */
  host: z.string().min(1).max(64),
  /** A TCP port. */
  port,
  /** `configured` by its user, `mapped` by a router, `seen` by the tracker, or of an interface: `global` or `private`. */
  kind: z.enum(['configured', 'mapped', 'seen', 'global', 'private']),
});

export const device = z.object({
  /** Public key (SPKI, DER), base64url. */
  publicKey: base64url.max(512),
  /** Signature of `deviceProofText`, base64url. */
  proof: base64url.max(512),
  /** Where the device serves pieces, for clients of version 0.1. */
  endpoint: peerEndpoint,
  /** All addresses at which others may reach the device, the likeliest first. */
  addresses: z.array(deviceAddress).max(MAX_ADDRESSES).optional(),
});

/** Who may publish a new version of a file: its first author and the group's owner, or every member. */
export const publishers = z.enum(['author', 'members']);

/** Settings of a group. The group keeps a version while it is among the newest `keepVersions`, or younger than `keepDays`. */
export const groupSettings = z.object({
  /** Who may publish a new version of a file; `author` by default. */
  publishers: publishers.optional(),
  /** Number of newest versions of each file that the group keeps, however old; 10 by default. */
  keepVersions: z.number().int().min(1).max(MAX_KEPT_VERSIONS).optional(),
  /** Days for which the group keeps every version; 90 by default. */
  keepDays: z.number().int().min(0).max(MAX_KEPT_DAYS).optional(),
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
  /** The settings; a tracker of version 0.1 sends none. */
  ...groupSettings.shape,
});

export const session = z.object({
  userId: name,
  token: base64url.max(128),
  deviceId: hex32,
  /** The first page of the groups that the user is a member of, as `listGroups` with `mine` returns it. */
  groups: z.array(group).max(MAX_LISTED),
  /** The `after` of the next page, if there is one. */
  nextGroups: name.nullish(),
  /** The address at which the tracker sees the device. A tracker of version 0.1 sends none. */
  seen: z.object({ host: z.string().max(64), port: z.number().int() }).optional(),
});

/** The number of a version of a file: 1, 2, 3, … */
export const versionNumber = z.number().int().min(1).max(MAX_VERSION);

/** What the author of a version tells of it. */
export const versionTerms = z.object({
  /** Why the version was published. */
  note: z.string().max(MAX_NOTE_CHARACTERS).optional(),
  /** Modification time of the author's file, in milliseconds since 1970. */
  modifiedMs: z.number().int().min(-8.64e15).max(8.64e15).optional(),
  /** Whether the author's file is executable. */
  executable: z.boolean().optional(),
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
  /** The number of the version that this is: the newest one, unless another was asked for. A tracker of version 0.1 sends none. */
  version: versionNumber.optional(),
  /** The user who published this version. */
  publishedBy: name.optional(),
  /** When this version was published, in milliseconds since 1970. */
  publishedAtMs: timestamp.optional(),
  ...versionTerms.shape,
});

/** One version of a file. */
export const fileVersion = z.object({
  /** Its number. */
  version: versionNumber,
  /** Id of the manifest: 64 hexadecimal digits. */
  manifestId: hex32,
  /** Size of the version in bytes. */
  sizeBytes: z.number().int().nonnegative().max(MAX_FILE_BYTES),
  /** The user who published it. */
  publishedBy: name,
  /** The device that published it: 64 hexadecimal digits. */
  deviceId: hex32,
  /** When it was published, in milliseconds since 1970. */
  publishedAtMs: timestamp,
  /** Members of whom a device has this version. */
  members: z.number().int().nonnegative(),
  /** Members of these with such a device online. */
  membersOnline: z.number().int().nonnegative(),
  ...versionTerms.shape,
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
  /** All addresses that this client may dial, the likeliest first. A tracker of version 0.1 sends none. */
  addresses: z.array(deviceAddress).max(MAX_ADDRESSES).optional(),
  /** `open`: the tracker reached the device at one of its addresses. `behind`: at none. */
  reach: z.enum(['open', 'behind']).optional(),
  /** Whether the device can be asked to meet. */
  meets: z.boolean().optional(),
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
/** One version of a file that a group shares. */
export interface FileVersion extends z.infer<typeof fileVersion> {}
/** The settings of a group, which its owner can change. */
export interface GroupSettings extends z.infer<typeof groupSettings> {}
/** A peer that has some or all pieces of a file. */
export interface Source extends z.infer<typeof source> {}
/** An address of a device, and where the device has it from. */
export interface DeviceAddress extends z.infer<typeof deviceAddress> {}
