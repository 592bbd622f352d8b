import * as z from 'zod';

/** The protocol between a window and its hosted tracker. */
export const HOST_PROTOCOL = 1;

const nothing = z.object({});

export const HOST = {
  methods: {
    describe: {
      params: nothing,
      result: z.object({
        port: z.number().int(),
        fingerprint: z.string(),
        /** `wss://127.0.0.1:port#fingerprint`, for this computer. */
        url: z.string(),
        /** Addresses of this computer, the most likely first. */
        addresses: z.array(z.string()),
      }),
    },
    /** Since when nobody could reach it before it was started, if it had ended with the last window. */
    absence: { params: nothing, result: z.object({ awaySinceMs: z.number().nullable() }) },
    /** A window asks to report that; granted to the first one. */
    claimAbsence: { params: nothing, result: z.object({ granted: z.boolean() }) },
    /** Sets whether it runs without a window. */
    keepRunning: { params: z.object({ keepRunning: z.boolean() }), result: nothing },
    stop: { params: nothing, result: nothing },
  },
  events: {},
} as const;

export type HostedTracker = z.infer<(typeof HOST)['methods']['describe']['result']>;

/** The options of the tracker's process. */
export const HOST_OPTIONS = z.object({
  /** Folder for the tracker's keys and database. */
  folder: z.string(),
  version: z.string(),
  /** 0: any free port, then always the same. */
  port: z.number().int().min(0).max(65_535),
  keepRunning: z.boolean(),
  lingerMs: z.number().int().nonnegative(),
});
