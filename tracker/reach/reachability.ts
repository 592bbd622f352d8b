import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CheckedAddress, Holding, OnlineDevice, Place, Swarm } from '../swarm/swarm.js';
import { type Announced, placeOf, verdictKey } from './announced.js';
import { type CheckParts, ReachChecks } from './checks.js';
import type { Sites } from './sites.js';

/** Sources that are announced anew before others have their turn. */
const SOURCES_A_STEP = 100;

export interface ReachabilityParts extends Omit<CheckParts, 'onFound' | 'isProxy'> {
  readonly swarm: Swarm;
  readonly sites: Sites;
  readonly log: Logger;
  /** Tells those who watch a content that a source of it changed. */
  readonly publish: (deviceId: string, holding: Holding, isReachOnly: boolean) => Promise<void>;
}

/** Where the devices of this tracker are reached: what they announce, what it sees, and what it finds there. */
export class Reachability {
  readonly #parts: ReachabilityParts;
  readonly #checks: ReachChecks;
  /** A new object for each place of a device: what was found at an older one is of no use. */
  readonly #places = new Map<string, object>();

  constructor(parts: ReachabilityParts) {
    this.#parts = parts;
    this.#checks = new ReachChecks({
      ...parts,
      isProxy: (seen) => parts.sites.isProxy(seen),
      onFound: (deviceId, addresses, isDone) => {
        this.#found(deviceId, addresses, isDone).catch((error: unknown) =>
          parts.log.error({ err: error, deviceId }, 'what a check of addresses found was lost'),
        );
      },
    });
  }

  /** @throws ShoalError `INVALID_ARGUMENT` */
  placeOf(announced: Announced, { seen, userId, meets }: { seen: string; userId: string; meets: boolean }): Place {
    this.#parts.sites.note(seen, userId);
    return { ...placeOf(announced, seen, meets), isChecked: this.#parts.limits.checksAtOnce === 0 };
  }

  /** Begins to check a device that signed in. */
  arrive(deviceId: string, place: Place): void {
    this.#places.set(deviceId, {});
    if (!place.isChecked) this.#checks.check(deviceId, place);
  }

  /** A device that is online is reached elsewhere now. */
  async move(deviceId: string, place: Place): Promise<void> {
    const { swarm } = this.#parts;
    this.#checks.forget(deviceId);
    this.#places.set(deviceId, {});
    const before = await swarm.device(deviceId);
    if (!before || !(await swarm.relocate(deviceId, withVerdicts(place, before)))) {
      this.leave(deviceId);
      return;
    }
    this.arrive(deviceId, place);
    this.#announce(deviceId, false);
  }

  /** A device is offline. */
  leave(deviceId: string): void {
    this.#checks.forget(deviceId);
    this.#places.delete(deviceId);
  }

  close(): void {
    this.#checks.close();
  }

  async #found(deviceId: string, addresses: readonly CheckedAddress[], isDone: boolean): Promise<void> {
    const { swarm } = this.#parts;
    const checked = this.#places.get(deviceId);
    const device = await swarm.device(deviceId);
    if (!device || this.#places.get(deviceId) !== checked) return; // it moved meanwhile
    const isOpen = addresses.some(({ verdict }) => verdict === 'open');
    const reach = isOpen ? 'open' : isDone ? 'behind' : device.reach;
    const { endpoint, seen, serves } = device;
    await swarm.relocate(deviceId, { endpoint, seen, serves, addresses, reach, isChecked: isDone || device.isChecked });
    const payload = { addresses: [...addresses] };
    await swarm.publish({ audience: { kind: 'device', deviceId }, event: 'reach', payload });
    const after = await swarm.device(deviceId);
    if (after && differ(device, after)) this.#announce(deviceId, true);
  }

  /** Tells those who watch a content of the device. */
  #announce(deviceId: string, isReachOnly: boolean): void {
    const run = async () => {
      for (const [index, holding] of (await this.#parts.swarm.holdings(deviceId)).entries()) {
        if (index % SOURCES_A_STEP === SOURCES_A_STEP - 1) await turn();
        await this.#parts.publish(deviceId, holding, isReachOnly);
      }
    };
    run().catch((error: unknown) =>
      this.#parts.log.error({ err: error, deviceId }, 'a change of addresses was not announced'),
    );
  }
}

/** What was found at addresses that did not change holds until the next check. */
function withVerdicts(place: Place, before: Place): Place {
  if (place.seen !== before.seen) return place;
  const verdicts = new Map(before.addresses.map((one) => [verdictKey(one), one.verdict]));
  const addresses = place.addresses.map((one) => {
    const verdict = verdicts.get(verdictKey(one)) ?? 'unchecked';
    return { ...one, verdict };
  });
  return { ...place, addresses, reach: addresses.some(({ verdict }) => verdict === 'open') ? 'open' : undefined };
}

function differ(one: OnlineDevice, other: OnlineDevice): boolean {
  const text = ({ reach, isChecked, addresses }: OnlineDevice) => JSON.stringify([reach, isChecked, addresses]);
  return text(one) !== text(other);
}
