import * as z from 'zod';
import { MAX_BATCH_FILES, MAX_LEAVING_MS, MAX_TICKET_KEYS, MAX_TRACKER_NODES } from '../limits.js';
import { REACH_EVENTS } from './reach-messages.js';
import {
  epoch,
  fileName,
  groupSettings,
  hex32,
  name,
  sharedFile,
  source,
  stopped,
  ticketKey,
  timestamp,
  trackerNode,
} from './tracker-records.js';

const sourceCame = z.object({ groupId: name, manifestId: hex32, source });
const sourceWent = z.object({ groupId: name, manifestId: hex32, deviceId: hex32 });

/** Events that version 0.1 did not have. A tracker sends them only to clients that accept them in `hello`. */
export const OPTIONAL_EVENTS = [
  'missed',
  'sourcesChanged',
  'fileUpdated',
  'filesUpdated',
  'filesRemoved',
  'groupChanged',
  'reach',
  'meet',
  'meetGo',
  'stopping',
  'ticketKeys',
] as const;

/** The schemas of the events that the tracker sends. */
export const TRACKER_EVENTS = {
  /** A user asks to join a group. Sent to its owner. */
  joinRequested: z.object({ groupId: name, userId: name, requestedAtMs: timestamp }),
  /** A membership or a request to join changed. Sent to the members and to the user concerned. */
  membershipChanged: z.object({
    groupId: name,
    userId: name,
    change: z.enum(['joined', 'rejected', 'left', 'removed', 'dissolved']),
    ownerId: name,
    epoch,
  }),
  /** A file is shared. Sent to the members. */
  fileShared: z.object({ groupId: name, file: sharedFile }),
  /** Many files are shared. Sent to the members. */
  filesShared: z.object({ groupId: name, files: z.array(sharedFile).max(MAX_BATCH_FILES) }),
  /** Many files are no longer shared. Sent to the members. */
  filesStopped: z.object({ groupId: name, files: z.array(stopped).max(MAX_BATCH_FILES) }),
  /** A file is no longer shared. Sent to the members. */
  fileStopped: z.object({ groupId: name, fileName, manifestId: hex32 }),
  /** A file has a new version. Sent to the members that accept this event; others receive `fileShared`. */
  fileUpdated: z.object({ groupId: name, file: sharedFile }),
  /** Many files have new versions. Sent to the members that accept this event; others receive `filesShared`. */
  filesUpdated: z.object({ groupId: name, files: z.array(sharedFile).max(MAX_BATCH_FILES) }),
  /**
   * Files were removed from the group: devices stop sharing all their versions. Sent to the members that accept this event; others receive
   * `filesStopped`.
   */
  filesRemoved: z.object({ groupId: name, files: z.array(stopped).max(MAX_BATCH_FILES), removedBy: name }),
  /** The owner changed the group's settings. Sent to the members that accept this event. */
  groupChanged: z.object({ groupId: name, ...groupSettings.shape }),
  /** A watched file has a new source. */
  sourceCame,
  /** A watched file lost a source. */
  sourceWent,
  /** Many of both, for clients that accept this event. */
  sourcesChanged: z.object({ changes: z.array(z.union([sourceCame, sourceWent])).max(MAX_BATCH_FILES) }),
  /** Events about this group (null: any group) were dropped because the client read too slowly. For clients that accept this event. */
  missed: z.object({ groupId: name.nullable() }),
  ...REACH_EVENTS,
  /**
   * This node of the tracker stops: the client goes to another one, of `nodes` or that it knows, at a moment that it draws within
   * `withinMs`. Requests are answered until then. For clients that accept this event.
   */
  stopping: z.object({
    nodes: z.array(trackerNode).max(MAX_TRACKER_NODES),
    withinMs: z.number().int().min(0).max(MAX_LEAVING_MS),
  }),
  /** The keys that sign group tickets changed: these count, and no others. For clients that accept this event. */
  ticketKeys: z.object({ ticketKeys: z.array(ticketKey).min(1).max(MAX_TICKET_KEYS) }),
  /** The session ended, because the same device signed in elsewhere or because the session is no longer valid. */
  sessionEnded: z.object({ reason: z.enum(['replaced', 'expired']) }),
} as const;

/** The name of an event. */
export type TrackerEventName = keyof typeof TRACKER_EVENTS;
/** The payload of an event. */
export type TrackerEvent<E extends TrackerEventName> = z.infer<(typeof TRACKER_EVENTS)[E]>;
