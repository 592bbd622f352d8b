import { TRACKER_EVENTS, TRACKER_METHODS } from '@shoal/sdk/protocol';
import * as z from 'zod';
import {
  count,
  DOWNLOAD,
  FOLDER,
  FOLDER_POLLING,
  KEPT_VERSIONS,
  LIMITS,
  LOST_SHARE,
  NEWS,
  priority,
  problem,
  rate,
  SETUP,
  SHARE,
  SHARED_FOLDER,
  SIGNED_IN,
  STATUS,
  text,
  UNAVAILABLE_SHARE,
  UPLOAD,
} from './records-schema.js';
import { SURVEY } from './survey-schema.js';

export type * from './records-schema.js';
export type * from './survey-schema.js';

/** The version of the protocol between window and agent. It grows by one with each incompatible change. */
export const AGENT_PROTOCOL = 3;

const nothing = z.object({});
const inGroup = z.object({ groupId: text });
const aboutUser = z.object({ groupId: text, userId: text });
const aboutFile = z.object({ groupId: text, fileName: text });
const account = z.object({ userId: text, password: text });
const FILE_VERSION = TRACKER_METHODS.listVersions.result.shape.versions.element;
const aboutDownload = z.object({ id: text });

/** Patterns of files of a folder, as in `.gitignore`. */
const patterns = z.array(text).readonly().optional();

const toFetch = {
  ...{ destination: text, sequential: z.boolean().optional(), announce: z.boolean().optional() },
  ...{ priority: priority.optional(), limitBytesPerSecond: rate.optional() },
};

export const AGENT = {
  methods: {
    /** The complete state; events announce later changes. */
    attach: {
      params: nothing,
      result: z.object({
        status: STATUS,
        downloads: z.array(DOWNLOAD),
        folders: z.array(FOLDER),
        uploads: z.array(UPLOAD),
        shares: z.array(SHARE),
        sharedFolders: z.array(SHARED_FOLDER).default([]),
      }),
    },
    /** The chosen tracker, and the addresses of this device. An unchanged setup has no effect. */
    setUp: { params: SETUP, result: nothing },
    /** Applies while the agent runs. 0 removes a limit; an omitted one stays. */
    setLimits: { params: LIMITS, result: nothing },
    /** Applies while the agent runs. */
    setKeptVersions: { params: KEPT_VERSIONS, result: nothing },
    /** The status, after the first answer of the tracker or its failure. */
    settle: { params: nothing, result: STATUS },
    /** Tries to connect now. */
    retry: { params: nothing, result: nothing },
    /** An earlier session, to resume when the tracker is reachable. */
    keepSession: { params: z.object({ tracker: text, token: text }), result: nothing },
    createUser: { params: account, result: nothing },
    login: { params: account, result: SIGNED_IN },
    resumeSession: { params: z.object({ token: text }), result: SIGNED_IN },
    logout: { params: nothing, result: nothing },
    changePassword: { params: z.object({ current: text, next: text }), result: nothing },
    createGroup: TRACKER_METHODS.createGroup,
    changeGroup: TRACKER_METHODS.changeGroup,
    joinGroup: { params: inGroup, result: TRACKER_METHODS.joinGroup.result },
    leaveGroup: { params: inGroup, result: TRACKER_METHODS.leaveGroup.result },
    listGroups: TRACKER_METHODS.listGroups,
    listMembers: TRACKER_METHODS.listMembers,
    listRequests: TRACKER_METHODS.listRequests,
    acceptRequest: { params: aboutUser, result: nothing },
    rejectRequest: { params: aboutUser, result: nothing },
    removeMember: { params: aboutUser, result: nothing },
    /** All files, or all in a folder, in as many pages as the tracker has. */
    listFiles: {
      params: inGroup.extend({ folder: text.optional() }),
      result: z.object({ files: z.array(TRACKER_METHODS.listFiles.result.shape.files.element) }),
    },
    /** The versions of a file that the group keeps, newest first, in as many pages as the tracker has. */
    listVersions: { params: aboutFile, result: z.object({ versions: z.array(FILE_VERSION) }) },
    revertFile: {
      params: aboutFile.extend({ version: count, note: text.optional() }),
      result: FILE_VERSION,
    },
    removeFile: { params: aboutFile, result: nothing },
    /** `shareId` identifies it in the event `hashing`. */
    shareFile: {
      params: z.object({
        shareId: text,
        path: text,
        groupId: text,
        fileName: text.optional(),
        algorithm: z.enum(['sha1', 'sha256']).optional(),
        base: count.optional(),
        note: text.optional(),
      }),
      result: z.object({
        shared: TRACKER_METHODS.shareFile.result.shape.file.extend({
          pieceHashString: text,
          fileDigest: text,
          outcome: z.enum(['shared', 'published', 'unchanged']).default('shared'),
        }),
        /** The resulting share. */
        share: SHARE,
      }),
    },
    /** `shareId` identifies it in the event `sharingFolder`. */
    shareFolder: {
      params: z.object({
        shareId: text,
        path: text,
        groupId: text,
        as: text.optional(),
        exclude: z.array(text).optional(),
        omit: z.array(text).optional(),
        algorithm: z.enum(['sha1', 'sha256']).optional(),
        watch: z.boolean().optional(),
        /** Leaves out all files with names of secrets, also those that come later. */
        withoutSecrets: z.boolean().optional(),
      }),
      result: z.object({
        folder: text,
        files: count,
        bytes: count,
        added: count.default(0),
        changed: count.default(0),
        removed: count.default(0),
        unchanged: count.default(0),
        skipped: z.array(z.object({ path: text, why: text, besidePlace: text.optional() })),
      }),
    },
    openVersion: {
      params: aboutFile.extend({ version: count, maxBytes: count.optional() }),
      result: z.object({ path: text, version: count, manifestId: text, sizeBytes: count }),
    },
    /** Files or folders were moved here: their shares go along. */
    moveShares: {
      params: z.object({ moves: z.array(z.object({ from: text, to: text })) }),
      result: z.object({ shares: z.array(SHARE) }),
    },
    /** What sharing these files and folders would share; shares nothing. */
    survey: { params: z.object({ paths: z.array(text) }), result: SURVEY },
    sharedFolders: {
      params: nothing,
      result: z.object({
        folders: z.array(SHARED_FOLDER.extend({ problem: problem.optional(), polling: FOLDER_POLLING.optional() })),
      }),
    },
    watchFolder: { params: inGroup.extend({ folder: text, watch: z.boolean() }), result: nothing },
    stopFolder: { params: inGroup.extend({ folder: text }), result: nothing },
    stopShare: { params: aboutFile, result: nothing },
    stopShares: { params: z.object({ groupId: text, fileNames: z.array(text) }), result: nothing },
    /** `announce`, here and below: one window reports the end to the user. */
    downloadFile: {
      params: aboutFile.extend({ ...toFetch, version: count.optional(), overwrite: z.boolean() }),
      result: DOWNLOAD,
    },
    downloadFolder: {
      params: inGroup.extend({
        ...{ ...toFetch, folder: text, include: patterns, exclude: patterns },
        ...{ overwrite: z.boolean().optional(), delete: z.boolean().optional() },
      }),
      result: FOLDER,
    },
    /** This and the next three: a file's download or a folder's. */
    pauseDownload: { params: aboutDownload, result: nothing },
    resumeDownload: { params: aboutDownload.extend({ announce: z.boolean().optional() }), result: nothing },
    cancelDownload: { params: aboutDownload, result: nothing },
    /** 0 removes the limit; an omitted field stays. */
    tuneDownload: {
      params: aboutDownload.extend({
        ...{ limitBytesPerSecond: rate.optional(), priority: priority.optional(), position: count.optional() },
        sequential: z.boolean().optional(),
      }),
      result: nothing,
    },
    /** A window asks to report the ends of downloads. No other window reports the granted ones. */
    claimEnds: { params: z.object({ ids: z.array(text) }), result: z.object({ granted: z.array(text) }) },
    clearDownloads: { params: nothing, result: nothing },
    /** What others published since the user looked. The agent sends `news` and `newsDue` from the first request on. */
    listNews: { params: nothing, result: z.object({ groups: z.array(NEWS) }) },
    /** The user has seen what was published in a group until this time of the tracker. */
    seeNews: { params: inGroup.extend({ untilMs: count }), result: nothing },
    /** A window asks to tell the news of groups. No other window tells the granted ones. */
    claimNews: { params: z.object({ groupIds: z.array(text) }), result: z.object({ granted: z.array(text) }) },
    /** Base64 of one byte per piece, as from the SDK's `Download.pieces`. */
    describePieces: { params: aboutDownload, result: z.object({ pieces: text }) },
  },
  events: {
    status: STATUS,
    /** At most four times a second. */
    downloads: z.object({ changed: z.array(DOWNLOAD), removed: z.array(text) }),
    folders: z.object({ changed: z.array(FOLDER), removed: z.array(text) }),
    uploads: z.object({ uploads: z.array(UPLOAD) }),
    shares: z.object({ changed: z.array(SHARE), removed: z.array(aboutFile) }),
    /** All folders that the user shares, when another one is shared, watched, or neither any more. */
    sharedFolders: z.object({ folders: z.array(SHARED_FOLDER) }),
    hashing: z.object({ shareId: text, hashedBytes: count, sizeBytes: count }),
    /** The progress of sharing a folder, at most ten times a second. */
    sharingFolder: z.object({
      ...{ shareId: text, doneFiles: count, doneBytes: count, fileCount: count, sizeBytes: count },
    }),
    log: z.object({ level: z.enum(['debug', 'info', 'warn', 'error']), message: text }),
    /** This user created, left or asked to join a group, in any window. */
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
    fileUpdated: TRACKER_EVENTS.fileUpdated,
    filesUpdated: TRACKER_EVENTS.filesUpdated,
    filesRemoved: TRACKER_EVENTS.filesRemoved,
    groupChanged: TRACKER_EVENTS.groupChanged,
    /** Groups with other unseen files, at most four times a second. */
    news: z.object({ groups: z.array(NEWS) }),
    /** One notification may tell the unseen files of these groups. */
    newsDue: z.object({ groupIds: z.array(text) }),
    /** The states of shares have other names. `shares` tells the window's list of them. */
    shareStates: z.object({ shares: z.array(SHARE) }),
    folderShared: inGroup.extend({
      ...{ folder: text, added: count, changed: count, removed: count },
      skipped: z.array(z.object({ path: text, why: text, besidePlace: text.optional() })),
    }),
    folderShareFailed: inGroup.extend({ folder: text, ...problem.shape }),
    shareLost: LOST_SHARE,
    sharesUnavailable: z.object({ shares: z.array(UNAVAILABLE_SHARE) }),
    sharesAvailable: z.object({ shares: z.array(SHARE) }),
  },
} as const;

export type AgentContract = typeof AGENT;
/** The options of the agent's process. */
export const AGENT_OPTIONS = z.object({
  /** Folder for the agent's lock and endpoint, and for the device's key, shares and downloads. */
  folder: text,
  version: text,
  lingerMs: count,
});
