/** A device that could be named as a source. */
export interface Candidate {
  /** The folded name of its user. */
  readonly userKey: string;
  readonly complete: boolean;
  /** Whether somebody else said that verified bytes came from it. */
  readonly vouched: boolean;
}

/** Of the places in an answer, those that are kept for devices with a part of the file: in a swarm they have what is rare. */
const PARTIAL_SHARE = 1 / 4;

/** Of the places of either kind, those for which users who were seen to serve are drawn before others. */
const VOUCHED_SHARE = 1 / 2;

/**
 * Chooses whom to name where there are more than an answer holds: every user gets a place before any gets a second one, so that one who
 * brings hundreds of devices counts as one. Complete devices have three of four places, the partial ones one; what one kind does not fill
 * the other may. Among users it is drawn by lot, half of the places among those first who were seen to serve: no word of others can fill
 * an answer, and none can keep anyone out of it.
 * @param random uniform in [0, 1)
 */
export function chooseSources<C extends Candidate>(candidates: readonly C[], limit: number, random: () => number): C[] {
  const complete = byUser(
    candidates.filter((one) => one.complete),
    random,
  );
  const partial = byUser(
    candidates.filter((one) => !one.complete),
    random,
  );
  const kept = Math.min(partial.length, Math.floor(limit * PARTIAL_SHARE));
  const first = take(complete, limit - kept);
  return [...first, ...take(partial, limit - first.length)];
}

/** A user's devices, in the order in which they are to be named. */
type Devices<C> = readonly C[];

/** The devices of one kind, user by user, in an order drawn by lot; and how many there are. */
interface Drawn<C> {
  readonly users: readonly Devices<C>[];
  readonly length: number;
}

function byUser<C extends Candidate>(candidates: readonly C[], random: () => number): Drawn<C> {
  const users = new Map<string, C[]>();
  for (const candidate of shuffled(candidates, random)) {
    const known = users.get(candidate.userKey);
    if (known) known.push(candidate);
    else users.set(candidate.userKey, [candidate]);
  }
  const drawn = shuffled([...users.values()], random).map(vouchedFirst);
  return { users: drawn, length: candidates.length };
}

function vouchedFirst<C extends Candidate>(devices: readonly C[]): Devices<C> {
  return [...devices.filter((one) => one.vouched), ...devices.filter((one) => !one.vouched)];
}

/** The first device of each user, then the second of each, and so on. */
function take<C extends Candidate>({ users, length }: Drawn<C>, limit: number): C[] {
  const taken: C[] = [];
  const ordered = users.length > limit ? preferVouched(users, Math.ceil(limit * VOUCHED_SHARE)) : users;
  for (let round = 0; taken.length < Math.min(limit, length); round++) {
    for (const devices of ordered) {
      const device = devices[round];
      if (device && taken.length < limit) taken.push(device);
    }
  }
  return taken;
}

/** Puts so many users in front who were seen to serve; the others stay in the order in which they were drawn. */
function preferVouched<C extends Candidate>(users: readonly Devices<C>[], places: number): Devices<C>[] {
  const preferred = new Set(users.filter(([first]) => first?.vouched).slice(0, places));
  return [...preferred, ...users.filter((one) => !preferred.has(one))];
}

/** In an order drawn by lot (Fisher and Yates). */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items];
  for (let index = all.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [here, there] = [all[index], all[other]];
    if (here !== undefined && there !== undefined) [all[index], all[other]] = [there, here];
  }
  return all;
}
