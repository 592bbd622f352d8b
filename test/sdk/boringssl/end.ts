import * as z from 'zod';

/** What one end sees of a connection, once the handshake is done. */
const SEEN = z.object({
  /** The device at the other end, by the SDK's own check; empty when it does not pass. */
  deviceId: z.string(),
  protocol: z.string(),
  cipher: z.string(),
  alpn: z.string(),
});
export type Seen = z.infer<typeof SEEN>;

/** A connection that the server has handed on, and that has ended. */
const MET = z.object({ seen: SEEN, bytes: z.number(), ticket: z.string() });
export type Met = z.infer<typeof MET>;

/** How a call by hand went: what was seen of the other end, if the handshake got that far, and how much it answered. */
const KNOCK = z.object({ seen: SEEN.optional(), bytes: z.number() });
export type Knock = z.infer<typeof KNOCK>;

/** How the one who dials keeps to the rules, or breaks one. */
const MANNER = z.enum(['by the rules', 'no certificate', 'another protocol', 'no protocol', 'TLS 1.2']);
export type Manner = z.infer<typeof MANNER>;

const CALL = z.object({ port: z.number(), ticket: z.string() });

export const COMMAND = z.discriminatedUnion('do', [
  z.object({ do: z.literal('dial'), deviceId: z.string(), ...CALL.shape }),
  z.object({ do: z.literal('knock'), manner: MANNER, ...CALL.shape }),
  z.object({ do: z.literal('met'), ticket: z.string() }),
]);
export type Command = z.infer<typeof COMMAND>;

export const HELLO = z.object({ deviceId: z.string(), port: z.number(), library: z.string() });
export type Hello = z.infer<typeof HELLO>;

export const DIALLED = z.string();
export const KNOCKED = KNOCK;
export const MET_ALL = z.array(MET);

/** A device that serves and dials, in this process or in another. */
export interface End extends Hello {
  /** Dials as a download does, shows the ticket, and opens a file that the other end has not; how the link ended. */
  dial(port: number, deviceId: string, ticket: string): Promise<string>;
  /** Dials by hand, sends the same whatever the handshake showed, and hangs up at the first answer. */
  knock(port: number, manner: Manner, ticket: string): Promise<Knock>;
  /** Every connection since the last time it was asked for; fulfilled when that with the ticket has ended. */
  met(ticket: string): Promise<Met[]>;
  close(): Promise<void>;
}
