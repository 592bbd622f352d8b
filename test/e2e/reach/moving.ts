import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runInNamespaces } from '../swarm/namespaces.js';

const INSIDE = fileURLToPath(new URL('moving-inside.ts', import.meta.url));

/** What happens to the network of a download, while it runs. */
export const MOVES = {
  'requester-address': 'the requester gets another address',
  'source-address': 'the source gets another address',
  'requester-router': 'the router of the requester reboots: it knows no connection any more, and has another address',
  'source-router': 'the router of the source reboots, which the requester cannot dial',
  'both-routers': 'the router of the source reboots; both had dialled one another through their routers',
  'requester-down': 'the network of the requester is down for 20 seconds',
  'source-down': 'the network of the source is down for 20 seconds',
  'requester-line': 'the line behind the router of the requester is down for 40 seconds',
  'source-line': 'the line behind the router of the source is down for 40 seconds',
  'requester-vpn': 'the requester gets a second network, besides the first',
  'source-vpn': 'the source gets a second network, besides the first',
  'requester-sleep': 'the computer of the requester sleeps for 50 seconds',
  'source-sleep': 'the computer of the source sleeps for 50 seconds',
  tracker: 'the tracker is killed while it relays, and started again 2 seconds later',
} as const;
export type Move = keyof typeof MOVES;

const move = z.enum(Object.keys(MOVES) as [Move]);

export const MOVING_OPTIONS = z.object({
  moves: z.array(move).min(1),
  /** Whether all happen at once, each to its own pair; the tracker's end comes last. */
  together: z.boolean(),
});
type MovingOptions = z.infer<typeof MOVING_OPTIONS>;

/** How a download went on after a move. The file came whole, and few bytes came twice. */
const MOVED = z.object({
  move,
  /** The ways that `show_downloads` names before and afterwards. */
  before: z.string(),
  after: z.string(),
  /** From when the network was there again until pieces arrived by a connection of the time after. */
  flowsSeconds: z.number(),
  /** From then until the tracker has checked the addresses that the moved computer has now. */
  knownSeconds: z.number(),
  /** Bytes that the requester received after the move, beyond those that it lacked. */
  twiceBytes: z.number(),
});
export type Moved = z.infer<typeof MOVED>;

/**
 * Lets pairs of real terminal clients exchange a file while something happens to their network. Nothing of it remains when this settles.
 * @throws Error if a file does not come whole
 */
export async function moveAll(
  options: MovingOptions,
  onMoved: (moved: Moved) => void,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-moving-'));
  try {
    const env = { TMPDIR: folder }; // killed programs leave their folders there
    const onMessage = (message: unknown) => onMoved(MOVED.parse(message));
    await runInNamespaces(INSIDE, [JSON.stringify(options)], onMessage, { env, ...(signal && { signal }) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
