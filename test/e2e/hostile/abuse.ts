import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runInNamespaces } from '../swarm/namespaces.js';

const INSIDE = fileURLToPath(new URL('abuse-inside.ts', import.meta.url));

const count = z.number().int().min(0);

/** What the victims counted while somebody misused a tracker and its members. */
const ABUSE = z.object({
  /** Packets that went to where nobody must be sent. */
  forbidden: z.object({
    /** To addresses and ports that no member may have, from anywhere. */
    elsewhere: count,
    /** To the computer of the sender. */
    loopback: count,
    /** To a neighbour of a member, in a network that the liar is not in. */
    neighbour: count,
  }),
  /** TCP connections to a computer that had no part in it, by whom. */
  victim: z.object({ byTracker: count, byMembers: count, byClientOfHostileTracker: count, portsOfThose: count }),
  /** Requests to meet by their outcome. */
  meets: z.record(z.string(), count),
  /** Connections by which a member called the liar back, and calls that the tracker arranged. */
  back: z.object({ connections: count, arranged: count }),
  /** Connections of a member who looked for the liar's file, to where the liar is. */
  dialledLiar: count,
  /** What the relay and the look at ports gave to those who should get nothing. */
  relayed: z.object({ toStrangers: count, toOthers: z.array(z.string()), seenElsewhere: count }),
});
export type Abuse = z.infer<typeof ABUSE>;

/** Lets a hostile member and a hostile tracker do what they can. Nothing of it remains when this settles. */
export async function abuse(): Promise<Abuse> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-abuse-'));
  const found: Abuse[] = [];
  try {
    const env = { TMPDIR: folder }; // killed programs leave their folders there
    await runInNamespaces(INSIDE, [], (message) => void found.push(ABUSE.parse(message)), { env });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  const [first] = found;
  if (!first) throw new Error('The namespaces ended without a report.');
  return first;
}
