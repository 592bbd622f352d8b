import * as z from 'zod';
import { LINES } from '../../e2e/reach/internet.js';

/** What the processes of an exchange between two homes tell one another. */

export const GROUP = 'family';
export const OWNER = 'alice';
export const MEMBER = 'bob';
export const FILE = 'holiday.mp4';

/** One of the two homes: how it is connected, and which program the person there uses. */
const HOME = z.object({
  line: z.enum(Object.keys(LINES) as [keyof typeof LINES]),
  program: z.enum(['editor', 'terminal']),
});
export type Home = z.infer<typeof HOME>;

export const EXCHANGE_OPTIONS = z.object({
  owner: HOME,
  member: HOME,
  sizeMib: z.number().positive(),
  /** Mbit/s of each home's line in each direction; 0 for no limit. */
  megabits: z.number().nonnegative(),
  /** Another language in which pictures are taken of the member's window at the end. */
  locale: z.string().optional(),
});
export type ExchangeOptions = z.infer<typeof EXCHANGE_OPTIONS>;

/** What the owner hands over: the link for the member, and what the file is. */
export const INVITATION = z.object({ link: z.string(), sha1: z.string() });
export type Invitation = z.infer<typeof INVITATION>;

/** What a person reads in the course of the exchange, such as a tooltip, or a command with its answer. */
export const READ = z.array(z.string());

export const FETCHED = z.object({
  sha1: z.string(),
  /** From the click or the command to *complete*. */
  seconds: z.number(),
  /** What the program says about the source while the file comes: who it is, the way to it and why. */
  source: z.string(),
  read: READ,
});
export type Fetched = z.infer<typeof FETCHED>;

/** How an exchange went. The file came whole. */
export const EXCHANGE = FETCHED.omit({ sha1: true, read: true }).extend({ readByOwner: READ, readByMember: READ });
export type Exchange = z.infer<typeof EXCHANGE>;

/** What a person at an editor, a process of its own, is asked to do next, and what came of it. */
export const CALL = z.object({ step: z.string(), argument: z.string() });
export const ANSWER = z.object({ answer: z.unknown().optional() });

/** The person who owns the group and has the file. */
export interface Owner {
  /** Makes an account, a group and an invitation. @param tracker its address */
  invite(tracker: string): Promise<Invitation>;
  /** Accepts the member's request, and shares the file. */
  letIn(): Promise<void>;
  /** Looks while the member downloads. */
  watch(): Promise<string[]>;
}

/** The person who is invited and fetches the file. */
export interface Member {
  /** Gets the program, follows the invitation, and asks to join. */
  join(link: string): Promise<void>;
  fetch(): Promise<Fetched>;
}
