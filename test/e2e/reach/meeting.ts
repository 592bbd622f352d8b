import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runInNamespaces } from '../swarm/namespaces.js';
import { LINES } from './internet.js';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));
const line = z.enum(Object.keys(LINES) as [keyof typeof LINES]);

/** Two members, one of whom fetches a file from the other. */
export const PAIR = z.object({
  requester: line,
  source: line,
  /** Both are behind the same router. */
  together: z.boolean().optional(),
  /** Both have routers of their own behind the same router of a provider. */
  oneCarrier: z.boolean().optional(),
});
export type Pair = z.infer<typeof PAIR>;

export const MEETING_OPTIONS = z.object({
  pairs: z.array(PAIR).min(1),
  sizeMib: z.number().positive(),
  /** Whether a pair waits until the tracker has checked their addresses, as members do who have been there for a while. */
  areKnown: z.boolean(),
  /** What a line needs whose router opens ports. */
  tools: z.object({ miniupnpd: z.string(), nft: z.string(), libraries: z.string() }).optional(),
});
export type MeetingOptions = z.infer<typeof MEETING_OPTIONS>;

/** How a pair exchanged the file, which came whole. */
const MEETING = PAIR.extend({
  /** The way that `show_downloads` names at the end. */
  way: z.string(),
  /** From the command to the first piece. */
  firstPieceSeconds: z.number(),
  /** From the command to "complete and verified". */
  doneSeconds: z.number(),
});
export type Meeting = z.infer<typeof MEETING>;

/**
 * Lets pairs of real terminal clients exchange a file, each pair on a network of its own kind. Nothing of it remains when this settles.
 * @throws Error if a file does not come whole
 */
export async function meet(
  options: MeetingOptions,
  onMeeting: (meeting: Meeting) => void,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-reach-'));
  try {
    const env = { TMPDIR: folder }; // killed programs leave their folders there
    const onMessage = (message: unknown) => onMeeting(MEETING.parse(message));
    await runInNamespaces(INSIDE, [JSON.stringify(options)], onMessage, { env, ...(signal && { signal }) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
