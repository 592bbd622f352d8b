import { isSix, LINES, type Line } from './internet.js';
import type { Pair } from './meeting.js';

/** A way between two members: how `show_downloads` names it, and the bar for the time to the first piece, in seconds. */
export const WAYS = {
  direct: { said: /^direct/, barSeconds: 0.3 },
  back: { said: /^connections from the other side/, barSeconds: 0.5 },
  punch: { said: /^connections through both routers/, barSeconds: 1.5 },
  relay: { said: /^the relay/, barSeconds: 5 },
  lan: { said: /^the own network/, barSeconds: 0.3 },
} as const;
export type Way = keyof typeof WAYS;

/** Whom others reach by dialling. */
const OPEN: ReadonlySet<Line> = new Set(['open', 'mapping', 'open6']);
/** Behind what both can dial one another at the same time. */
const PUNCHED: ReadonlySet<Line> = new Set(['preserving', 'independent', 'cgnat', 'firewall6']);

/** The way by which a pair connects, by the kinds of its lines. */
export function expectedWay({ requester, source, together, oneCarrier }: Pair): Way {
  if (together) return 'lan';
  if (oneCarrier || isSix(requester) !== isSix(source)) return 'relay';
  if (requester === 'web') return 'relay'; // nobody listens at port 443
  if (OPEN.has(source)) return 'direct';
  if (OPEN.has(requester)) return source === 'web' ? 'relay' : 'back';
  return PUNCHED.has(requester) && PUNCHED.has(source) ? 'punch' : 'relay';
}

/** Every pair of lines with the same version of IP, one pair with different ones each way, and pairs that share a router. */
export function everyPair(lines: readonly Line[]): Pair[] {
  const all = lines.flatMap((source) => lines.map((requester) => ({ requester, source })));
  const mixed = ({ requester, source }: Pair) => isSix(requester) !== isSix(source);
  const isChosen = (pair: Pair) =>
    !mixed(pair) ||
    (OPEN.has(pair.requester) && pair.source === 'firewall6') ||
    (pair.requester === 'firewall6' && pair.source === 'open');
  return [
    ...all.filter(isChosen),
    { requester: 'preserving', source: 'preserving', together: true },
    { requester: 'cgnat', source: 'cgnat', oneCarrier: true },
  ];
}

/** In words, for a title. */
export function namePair({ requester, source, together, oneCarrier }: Pair): string {
  const shared = together ? ', both behind one router' : oneCarrier ? ', both behind one router of the provider' : '';
  return `${requester} from ${source}${shared}`;
}

export const ALL_LINES = Object.keys(LINES) as Line[];
