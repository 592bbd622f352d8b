import { shuffled } from '@shoal/sdk/program';

/** A device that may be a source. */
export interface Candidate {
  /** The folded name of its user. */
  readonly userKey: string;
  readonly complete: boolean;
  /** Whether another user reported verified bytes from it. */
  readonly vouched: boolean;
}

/** The part of an answer that is reserved for devices with some pieces: in a swarm, they have the rare ones. */
const PARTIAL_SHARE = 1 / 4;

/** The part of each kind for which vouched users are preferred. */
const VOUCHED_SHARE = 1 / 2;

/**
 * Chooses sources if there are more than an answer holds. Every user gets one before any gets a second one, so that a
 * user with hundreds of devices counts once. Complete devices get three quarters of the answer, partial ones one
 * quarter, and unused places go to the other kind. Users are chosen at random; for half of the places, vouched users
 * are preferred. So false reports can neither fill an answer nor keep a user out of it.
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

/** The devices of one user, in order of preference. */
type Devices<C> = readonly C[];

/** The devices of one kind by user, in random order, and their number. */
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

/** Takes the first device of each user, then the second of each, and so on. */
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

/** Moves this many vouched users to the front; the others keep their order. */
function preferVouched<C extends Candidate>(users: readonly Devices<C>[], places: number): Devices<C>[] {
  const preferred = new Set(users.filter(([first]) => first?.vouched).slice(0, places));
  return [...preferred, ...users.filter((one) => !preferred.has(one))];
}
