import * as z from 'zod';

/** What the processes of the test with a real router tell one another. */

/** Where the computer behind the router listens, and what it says to everyone. */
export const HOST_PORT = 24_816;
export const GREETING = 'from behind the router';

/** Protocols by which the computer is to map its port; none: it is to delete the mapping. */
export const ORDER = z.array(z.enum(['pcp', 'nat-pmp', 'upnp']));
export type Order = z.infer<typeof ORDER>;

export const REPORT = z.object({
  protocols: ORDER,
  /** The mapper's state. */
  state: z.object({ kind: z.string() }).loose(),
  /** Whether a computer on the Internet got through. */
  isReached: z.boolean(),
});
export type Report = z.infer<typeof REPORT>;
