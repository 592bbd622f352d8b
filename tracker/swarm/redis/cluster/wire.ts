import { parseJson, TRACKER_EVENTS, type TrackerEventName } from '@shoal/sdk/protocol';
import * as z from 'zod';
import type { Audience, News, OnlineDevice, SourceNews } from '../../swarm.js';

/** Characters of one event. A larger one is not published: those who listen read anew. */
export const MAX_EVENT_LENGTH = 2 * 1024 * 1024;

const name = z.string().min(1).max(256);
const deviceId = z.string().min(1).max(64);
const holding = z.object({ groupId: name, manifestId: z.string().min(1).max(64) });
const endpoint = z.object({ host: z.string().max(255), port: z.number().int() });

/** An online device, as another node wrote it. */
const onlineDevice = z.object({
  deviceId,
  userId: name,
  endpoint: endpoint.nullable(),
  seen: z.string().max(64),
  addresses: TRACKER_EVENTS.reach.shape.addresses,
  reach: z
    .enum(['open', 'behind'])
    .optional()
    .transform((reach) => reach),
  isChecked: z.boolean(),
  serves: z.boolean(),
  meets: z.boolean(),
  punches: z.boolean().exactOptional(),
});

const node = z.string().min(1).max(100);
const attendee = z.object({ deviceId, userId: name });
const token = z.string().regex(/^[\w-]{22}$/);
const request = z.string().regex(/^[0-9a-f]{32}$/);

const audience = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('users'), userIds: z.array(name) }),
  z.object({ kind: z.literal('device'), deviceId }),
  z.object({ kind: z.literal('watchers'), holding, exceptDeviceId: z.string().max(64) }),
  z.object({ kind: z.literal('node'), node }),
]);
const envelope = z.object({ from: node, audience });

/** What nodes tell one another, besides events for clients. */
const order = z.discriminatedUnion('event', [
  /** A user's devices have nothing in the group any more. */
  z.object({ event: z.literal('withdrawUser'), userId: name, groupId: name }),
  /** No device has the content any more. */
  z.object({ event: z.literal('withdrawAll'), holding }),
  /** Sessions of a user ended. */
  z.object({
    event: z.literal('sessionsOver'),
    userId: name,
    tokenDigest: z.string().length(64),
    which: z.enum(['this', 'others']),
  }),
  /** A device signed in elsewhere, later than with any older stamp. */
  z.object({ event: z.literal('replaced'), deviceId, stamp: z.string().regex(/^\d{1,16}$/) }),
  /** A node wants places at the relay of this one, for two devices. */
  z.object({ event: z.literal('relayWanted'), request, asker: node, requester: attendee, source: attendee }),
  /** The places; null: there is no room. */
  z.object({
    event: z.literal('relayAnswered'),
    request,
    tokens: z.object({ requester: token, source: token }).nullable(),
  }),
]);
/** Sources of contents, for watchers. */
const sourceNews = z.object({
  event: z.literal('source'),
  holding,
  source: onlineDevice.extend({ complete: z.boolean() }),
  isReachOnly: z.boolean(),
});
/** An event for clients. */
const clientNews = z.object({ event: z.string().max(64), payload: z.unknown() });

const OWN_EVENTS: ReadonlySet<string> = new Set([
  ...['withdrawUser', 'withdrawAll', 'replaced', 'sessionsOver', 'source'],
  ...['relayWanted', 'relayAnswered'],
]);

/** The recipients of an event, or the node that gets an order. */
export type WireAudience = Audience | { readonly kind: 'node'; readonly node: string };
export type Order = z.infer<typeof order>;
/** An order about places at a relay. */
export type RelayOrder = Extract<Order, { event: 'relayWanted' | 'relayAnswered' }>;
export type Body = Order | z.infer<typeof sourceNews> | News;

/** The sender and the recipients of an event, of which the rest is parsed only where a recipient is. */
export interface Envelope {
  readonly from: string;
  readonly audience: WireAudience;
  readonly bodyText: string;
}

/** Writes an event: the envelope on the first line, the body on the second. */
export function encodeEvent(from: string, to: WireAudience, body: Order | News | Omit<SourceNews, 'audience'>): string {
  return `${JSON.stringify({ from, audience: to })}\n${JSON.stringify(body)}`;
}

/** Parses the envelope; undefined if it is malformed. */
export function decodeEnvelope(text: string): Envelope | undefined {
  const end = text.indexOf('\n');
  if (end < 0 || text.length > MAX_EVENT_LENGTH) return undefined;
  const parsed = envelope.safeParse(parseJson(text.slice(0, end)));
  return parsed.success ? { ...parsed.data, bodyText: text.slice(end + 1) } : undefined;
}

/** Parses the body; undefined if it is malformed, and null for an event of a newer version. */
export function decodeBody(text: string): Body | null | undefined {
  const value = parseJson(text);
  const own = z.union([order, sourceNews]).safeParse(value);
  if (own.success) return own.data;
  const news = clientNews.safeParse(value);
  if (!news.success) return undefined;
  const { event, payload } = news.data;
  if (OWN_EVENTS.has(event)) return undefined;
  return isEventName(event) ? newsOf(event, payload) : null;
}

/** A device as it is written for other nodes. */
export const encodeDevice = (device: OnlineDevice): string => JSON.stringify(device);

/** Parses a device; undefined if it is malformed. */
export function decodeDevice(text: string): OnlineDevice | undefined {
  const parsed = onlineDevice.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

function newsOf(event: TrackerEventName, payload: unknown): News | undefined {
  const parsed = TRACKER_EVENTS[event].safeParse(payload);
  // The schema of this very event has parsed the payload.
  return parsed.success ? ({ event, payload: parsed.data } as News) : undefined;
}

function isEventName(event: string): event is TrackerEventName {
  return Object.hasOwn(TRACKER_EVENTS, event);
}
