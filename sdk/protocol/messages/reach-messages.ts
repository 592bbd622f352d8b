import * as z from 'zod';
import { MAX_ADDRESSES } from '../limits.js';
import { base64url, deviceAddress, hex32, name, peerEndpoint } from './tracker-records.js';

/**
 * The requests and events by which two devices connect that cannot simply dial one another. A tracker that has them offers `reach`
 * (`moved`, addresses of sources, the event `reach`), `meetings` (`meet` and the event `meet`), `punch` (`meetGo`) and `relay`.
 */

/** 16 random bytes, base64url. */
const token = base64url.length(22);

/** How two devices meet: the source dials the requester, both dial one another at the same time, or both dial the tracker's relay. */
export const meetingWay = z.enum(['back', 'punch', 'relay']);

/** An IP address and a port to dial. */
const meetingAddress = z.object({ host: z.string().min(1).max(64), port: z.number().int().min(1).max(65_535) });

/** The longest wait of the nearer device before both dial one another. */
export const MAX_MEETING_DELAY_MS = 1000;

/** What the tracker found at an announced address. */
export const reachVerdict = z.enum([
  /** This device answered there. */
  'open',
  /** Nobody answered there. */
  'closed',
  /** Another device answered there. */
  'other',
  /** The tracker does not dial it: it is private, or the check waits for its turn. */
  'unchecked',
]);

/** The schemas of these requests. */
export const REACH_METHODS = {
  /** The device's addresses changed: another network, or a mapping of a router. Returns the address that the tracker sees. */
  moved: {
    params: z.object({
      endpoint: peerEndpoint,
      addresses: z.array(deviceAddress).max(MAX_ADDRESSES),
    }),
    result: z.object({ seen: z.object({ host: z.string().max(64), port: z.number().int() }) }),
  },
  /**
   * Asks a source to meet this device. The source gets the event `meet`. `meeting` names the meeting on the connection by which they
   * meet; `relayToken` admits this device to the tracker's relay, and `observeToken` one connection by which the tracker sees a port of
   * this device. Both are at the tracker's own port, or at `via`.
   */
  meet: {
    params: z.object({
      groupId: name,
      deviceId: hex32,
      by: meetingWay,
      /** Whether the relay may be that of another node of the tracker, which `via` of the answer names. */
      elsewhere: z.boolean().optional(),
    }),
    result: z.object({
      meeting: token,
      relayToken: token.optional(),
      observeToken: token.optional(),
      /** Where `relayToken` is valid, if that is another node of the tracker. */
      via: meetingAddress.optional(),
    }),
  },
} as const;

/** The schemas of these events. */
export const REACH_EVENTS = {
  /** What the tracker found at the announced addresses of this device. */
  reach: z.object({
    addresses: z.array(deviceAddress.extend({ verdict: reachVerdict })).max(MAX_ADDRESSES),
  }),
  /**
   * A member asks this device to meet, as it wants content from it. `back`: this device dials one of `addresses`, which the tracker
   * verified. `relay`: it dials the tracker's relay with `relayToken`. `punch`: it shows a port to the tracker with `observeToken`, and dials
   * the other device from that port when `meetGo` comes. Each time it is the TLS server on that connection.
   */
  meet: z.object({
    meeting: token,
    groupId: name,
    deviceId: hex32,
    userId: name,
    by: meetingWay,
    addresses: z.array(meetingAddress).max(MAX_ADDRESSES),
    relayToken: token.optional(),
    observeToken: token.optional(),
    /** Where the tokens are valid, if that is another node of the tracker than the one that sends this event. */
    via: meetingAddress.optional(),
  }),
  /**
   * The tracker sees the ports of both devices of a meeting by `punch`: each dials the other one at `address`, from the port that it
   * shows, after `afterMs` milliseconds.
   */
  meetGo: z.object({
    meeting: token,
    address: meetingAddress,
    afterMs: z.number().int().min(0).max(MAX_MEETING_DELAY_MS),
  }),
} as const;

/** How two devices meet. */
export type MeetingWay = z.infer<typeof meetingWay>;
/** What the tracker found at an announced address. */
export type ReachVerdict = z.infer<typeof reachVerdict>;
