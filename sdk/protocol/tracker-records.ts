import * as z from 'zod';
import {
  MAX_BATCH_FILES,
  MAX_FILE_BYTES,
  MAX_LISTED,
  MAX_NAMED_DEVICES,
  MAX_PAGE_ROWS,
  MAX_PASSWORD_BYTES,
} from './limits.js';

/** The records of which requests, answers and events of the tracker's protocol are made. */

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

/** The public half of a tracker's ticket key, as a JSON Web Key. */
export const ticketKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url.max(64),
  y: base64url.max(64),
  kid: z.string().min(1).max(128),
});

/** A device that signs in: its key, the proof that it holds it, and where it serves pieces (`host` absent: where it comes from). */
export const device = z.object({
  publicKey: base64url.max(512),
  proof: base64url.max(512),
  endpoint: z.object({ host: z.string().min(1).max(255).optional(), port }).nullable(),
});

const standing = z.enum(['owner', 'member', 'requested', 'none']);

export const group = z.object({
  groupId: name,
  standing,
  ownerId: name,
  members: z.number().int().nonnegative(),
  /** Grows by one at each removal; 0 for those who are no member. */
  epoch,
});

export const session = z.object({
  userId: name,
  token: base64url.max(128),
  deviceId: hex32,
  /** The groups that the user is a member of: the first page of `listGroups` with `mine`, */
  groups: z.array(group).max(MAX_LISTED),
  /** and the `after` of the next, where there are more. */
  nextGroups: name.nullish(),
});

export const sharedFile = z.object({
  fileName,
  manifestId: hex32,
  sizeBytes: z.number().int().nonnegative().max(MAX_FILE_BYTES),
  sharedBy: name,
  sharedAtMs: timestamp,
  /** Devices online that hold some or all of the file. */
  sharersOnline: z.number().int().nonnegative(),
  /** Devices online that hold all of it. */
  completeSources: z.number().int().nonnegative(),
});

export const source = z.object({
  deviceId: hex32,
  userId: name,
  host: z.string().min(1).max(255),
  port,
  complete: z.boolean(),
});

export const content = z.object({ groupId: name, manifestId: hex32 });
export const inGroup = z.object({ groupId: name });
/** A place in a list that is in order of time: the tracker's own words, handed back to it. */
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
/** Why one of a batch was not done, while the others were. */
export const refusal = z.object({ code: z.string().max(64), message: z.string().max(4096) });

export type TicketKey = z.infer<typeof ticketKey>;
export type DeviceProof = z.infer<typeof device>;
export type Group = z.infer<typeof group>;
export type SharedFile = z.infer<typeof sharedFile>;
export type Source = z.infer<typeof source>;
