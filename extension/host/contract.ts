import * as z from 'zod';

/** What a window and a tracker that it hosts say to one another. */
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
        /** This computer's addresses, the likeliest to be reached first. */
        addresses: z.array(z.string()),
      }),
    },
    /** Since when nobody could reach it before it was started, where it had ended with the last window. */
    absence: { params: nothing, result: z.object({ awaySinceMs: z.number().nullable() }) },
    /** A window is about to tell of that: granted to the first that asks. */
    claimAbsence: { params: nothing, result: z.object({ granted: z.boolean() }) },
    /** Whether it goes on without a window. */
    keepRunning: { params: z.object({ keepRunning: z.boolean() }), result: nothing },
    stop: { params: nothing, result: nothing },
  },
  events: {},
} as const;

export type HostedTracker = z.infer<(typeof HOST)['methods']['describe']['result']>;

/** What the tracker's process is started with. */
export const HOST_OPTIONS = z.object({
  /** Holds the tracker's keys and database. */
  folder: z.string(),
  version: z.string(),
  /** 0: any free one, and the same ever after. */
  port: z.number().int().min(0).max(65_535),
  keepRunning: z.boolean(),
  lingerMs: z.number().int().nonnegative(),
});
