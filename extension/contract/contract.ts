import { TRACKER_EVENTS, TRACKER_METHODS } from '@shoal/sdk/protocol';
import * as z from 'zod';
import {
  count,
  DOWNLOAD,
  FOLDER,
  LIMITS,
  LOST_SHARE,
  priority,
  problem,
  rate,
  SETUP,
  SHARE,
  SIGNED_IN,
  STATUS,
  text,
  UNAVAILABLE_SHARE,
  UPLOAD,
} from './records-schema.js';
import { SURVEY } from './survey-schema.js';

export type * from './records-schema.js';
export type * from './survey-schema.js';

/** What a window and the agent say to one another. It grows by one when the two could not go on with one another. */
export const AGENT_PROTOCOL = 3;

const nothing = z.object({});
const inGroup = z.object({ groupId: text });
const aboutUser = z.object({ groupId: text, userId: text });
const aboutFile = z.object({ groupId: text, fileName: text });
const account = z.object({ userId: text, password: text });
const aboutDownload = z.object({ id: text });

const toFetch = {
  ...{ destination: text, sequential: z.boolean().optional(), announce: z.boolean().optional() },
  ...{ priority: priority.optional(), limitBytesPerSecond: rate.optional() },
};

export const AGENT = {
  methods: {
    /** Everything as it stands; events tell what changes from then on. */
    attach: {
      params: nothing,
      result: z.object({
        status: STATUS,
        downloads: z.array(DOWNLOAD),
        folders: z.array(FOLDER),
        uploads: z.array(UPLOAD),
        shares: z.array(SHARE),
      }),
    },
    /** Which tracker, and how to be reached; what is so already is left alone. */
    setUp: { params: SETUP, result: nothing },
    /** For as long as the agent runs. 0 lifts a limit; what is left out stays as it is. */
    setLimits: { params: LIMITS, result: nothing },
    /** The status, once the tracker has answered or not. */
    settle: { params: nothing, result: STATUS },
    /** Tries the tracker now. */
    retry: { params: nothing, result: nothing },
    /** A session of before, to be taken up whenever the tracker is there. */
    keepSession: { params: z.object({ tracker: text, token: text }), result: nothing },
    createUser: { params: account, result: nothing },
    login: { params: account, result: SIGNED_IN },
    resumeSession: { params: z.object({ token: text }), result: SIGNED_IN },
    logout: { params: nothing, result: nothing },
    changePassword: { params: z.object({ current: text, next: text }), result: nothing },
    createGroup: { params: inGroup, result: TRACKER_METHODS.createGroup.result },
    joinGroup: { params: inGroup, result: TRACKER_METHODS.joinGroup.result },
    leaveGroup: { params: inGroup, result: TRACKER_METHODS.leaveGroup.result },
    listGroups: TRACKER_METHODS.listGroups,
    listMembers: TRACKER_METHODS.listMembers,
    listRequests: TRACKER_METHODS.listRequests,
    acceptRequest: { params: aboutUser, result: nothing },
    rejectRequest: { params: aboutUser, result: nothing },
    removeMember: { params: aboutUser, result: nothing },
    /** All of them, or all in a folder, whatever the tracker gives at a time. */
    listFiles: {
      params: inGroup.extend({ folder: text.optional() }),
      result: z.object({ files: z.array(TRACKER_METHODS.listFiles.result.shape.files.element) }),
    },
    /** `shareId` names it in the event `hashing`. */
    shareFile: {
      params: z.object({
        shareId: text,
        path: text,
        groupId: text,
        fileName: text.optional(),
        algorithm: z.enum(['sha1', 'sha256']).optional(),
      }),
      result: z.object({
        shared: TRACKER_METHODS.shareFile.result.shape.file.extend({ pieceHashString: text, fileDigest: text }),
        /** As it stands among the shares from now on. */
        share: SHARE,
      }),
    },
    /** `shareId` names it in the event `sharingFolder`. */
    shareFolder: {
      params: z.object({
        shareId: text,
        path: text,
        groupId: text,
        as: text.optional(),
        exclude: z.array(text).optional(),
        omit: z.array(text).optional(),
        algorithm: z.enum(['sha1', 'sha256']).optional(),
      }),
      result: z.object({
        folder: text,
        files: count,
        bytes: count,
        skipped: z.array(z.object({ path: text, why: text })),
      }),
    },
    /** What sharing these files and folders would share; nothing is shared. */
    survey: { params: z.object({ paths: z.array(text) }), result: SURVEY },
    stopShare: { params: aboutFile, result: nothing },
    stopShares: { params: z.object({ groupId: text, fileNames: z.array(text) }), result: nothing },
    /** `announce`, here and below: its user is to be told of its end, in one window. */
    downloadFile: {
      params: aboutFile.extend({ ...toFetch, overwrite: z.boolean() }),
      result: DOWNLOAD,
    },
    downloadFolder: {
      params: inGroup.extend({ ...toFetch, folder: text, overwrite: z.boolean().optional() }),
      result: FOLDER,
    },
    /** This and the next three: a file's download or a folder's. */
    pauseDownload: { params: aboutDownload, result: nothing },
    resumeDownload: { params: aboutDownload.extend({ announce: z.boolean().optional() }), result: nothing },
    cancelDownload: { params: aboutDownload, result: nothing },
    /** 0 lifts the limit; what is left out stays as it is. */
    tuneDownload: {
      params: aboutDownload.extend({
        ...{ limitBytesPerSecond: rate.optional(), priority: priority.optional(), position: count.optional() },
        sequential: z.boolean().optional(),
      }),
      result: nothing,
    },
    /** A window is about to tell of the ends of downloads; those that are granted are told by no other. */
    claimEnds: { params: z.object({ ids: z.array(text) }), result: z.object({ granted: z.array(text) }) },
    clearDownloads: { params: nothing, result: nothing },
    /** Base64 of one byte a piece, as the SDK's `Download.pieces` gives them. */
    describePieces: { params: aboutDownload, result: z.object({ pieces: text }) },
  },
  events: {
    status: STATUS,
    /** At most four times a second. */
    downloads: z.object({ changed: z.array(DOWNLOAD), removed: z.array(text) }),
    folders: z.object({ changed: z.array(FOLDER), removed: z.array(text) }),
    uploads: z.object({ uploads: z.array(UPLOAD) }),
    shares: z.object({ changed: z.array(SHARE), removed: z.array(aboutFile) }),
    hashing: z.object({ shareId: text, hashedBytes: count, sizeBytes: count }),
    /** Its files are being shared; at most ten times a second. */
    sharingFolder: z.object({
      ...{ shareId: text, doneFiles: count, doneBytes: count, fileCount: count, sizeBytes: count },
    }),
    log: z.object({ level: z.enum(['debug', 'info', 'warn', 'error']), message: text }),
    /** This user made, left or asked to join a group, in whatever window. */
    groupsChanged: nothing,
    connected: z.object({ resumed: z.boolean() }),
    disconnected: problem,
    sessionEnded: z.object({ reason: z.enum(['replaced', 'expired']) }),
    joinRequested: TRACKER_EVENTS.joinRequested,
    membershipChanged: TRACKER_EVENTS.membershipChanged,
    fileShared: TRACKER_EVENTS.fileShared,
    fileStopped: TRACKER_EVENTS.fileStopped,
    filesShared: TRACKER_EVENTS.filesShared,
    filesStopped: TRACKER_EVENTS.filesStopped,
    shareLost: LOST_SHARE,
    sharesUnavailable: z.object({ shares: z.array(UNAVAILABLE_SHARE) }),
    sharesAvailable: z.object({ shares: z.array(SHARE) }),
  },
} as const;

export type AgentContract = typeof AGENT;
/** What the agent's process is started with. */
export const AGENT_OPTIONS = z.object({
  /** Holds the agent's lock and endpoint, and the device's key, shares and downloads. */
  folder: text,
  version: text,
  lingerMs: count,
});
