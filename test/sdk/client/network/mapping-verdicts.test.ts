import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import type { ReachAddress } from '../../../../sdk/client/api/reach.js';
import type { DeviceAddress } from '../../../../sdk/protocol/index.js';
import { until } from '../../../support/until.js';
import { DEAD } from './scripted-mapper.js';
import { SEEN, Traveller } from './traveller.js';

const MAPPED = { kind: 'mapped', by: 'upnp', ...SEEN } as const;
/** Checks at once, as a tracker allows them. */
const BURST = 3;

/** What may happen next. */
const STEPS = ['grant', 'trackerReads', 'trackerDials', 'minutePasses', 'clientReads', 'clientReadsAll'] as const;
type Step = (typeof STEPS)[number];

/**
 * A device, its router, and a tracker that is as slow as a test says. The router opens the very port that the device listens at, so that the
 * tracker dials the same address before and after.
 */
class Scene {
  readonly traveller = new Traveller();
  /** Mappings that the router has granted; the first `dead` ones pass nothing on. */
  #grants = 0;
  readonly #dead: number;
  #isGranted = false;
  #failures = 0;
  readonly #toTracker: (() => void)[] = [];
  readonly #toClient: (() => void)[] = [];
  #announced: ReachAddress[] = [];
  #checks = BURST;
  #check: 'none' | 'waits' | 'runs' = 'none';

  constructor(dead: number) {
    this.#dead = dead;
    this.traveller.answer = (_method, params) =>
      new Promise((resolve) => {
        this.#toTracker.push(() => {
          this.#arrive((params as { addresses: DeviceAddress[] }).addresses);
          this.#toClient.push(() => resolve({ seen: SEEN }));
        });
      });
  }

  readonly #steps: Readonly<Record<Step, () => unknown>> = {
    grant: () => {
      if (this.#isGranted || this.#failures > 1) return;
      this.#isGranted = true;
      this.#grants++;
      this.traveller.mapper.becomes(MAPPED);
    },
    trackerReads: () => this.#toTracker.shift()?.(),
    trackerDials: () => {
      if (this.#check !== 'runs') return;
      this.#check = 'none';
      const verdict = this.#isGranted && this.#grants > this.#dead ? 'open' : 'closed';
      this.#announced = this.#announced.map((one) => (one.host === SEEN.host ? { ...one, verdict } : one));
      this.#tell();
    },
    minutePasses: () => {
      this.#checks = Math.min(BURST, this.#checks + 1);
      this.#begin();
    },
    clientReads: () => this.#toClient.shift()?.(),
    /** A busy client reads all that has arrived at once, and goes on with its own work afterwards. */
    clientReadsAll: () => {
      for (const read of this.#toClient.splice(0)) read();
    },
  };

  async begin(): Promise<void> {
    this.#arrive(this.traveller.signIn().addresses ?? []);
    await until(() => this.traveller.mappers.length === 1);
  }

  async take(step: Step): Promise<void> {
    this.#steps[step]();
    await turn();
    const failures = this.traveller.mapper.calls.filter((call) => call === 'failed').length;
    if (failures === this.#failures) return;
    this.#failures = failures;
    this.#isGranted = false;
    if (failures === 2) this.traveller.mapper.becomes(DEAD);
  }

  /** Lets everything happen that is still to come. */
  async end(): Promise<void> {
    const isOver = () =>
      this.#toTracker.length + this.#toClient.length === 0 &&
      this.#check === 'none' &&
      (this.#isGranted || this.#failures > 1);
    while (!isOver()) for (const step of STEPS) await this.take(step);
  }

  #arrive(announced: readonly DeviceAddress[]): void {
    const isKnown = announced.some(({ host, port }) => host === SEEN.host && port === SEEN.port);
    const all = isKnown ? announced : [...announced, { ...SEEN, kind: 'seen' as const }];
    const before = this.#announced;
    this.#announced = all.map((one) => {
      const same = before.find(({ host, kind }) => host === one.host && kind === one.kind);
      return { ...one, verdict: same?.verdict ?? 'unchecked' };
    });
    this.#check = 'waits';
    this.#begin();
    if (this.#check === 'waits') this.#tell();
  }

  #begin(): void {
    if (this.#check !== 'waits' || this.#checks === 0) return;
    this.#checks--;
    this.#check = 'runs';
  }

  #tell(): void {
    const addresses = this.#announced;
    this.#toClient.push(() => this.traveller.link.emit('reach', { addresses }));
  }
}

describe('the judgement of a mapped port', () => {
  const step = fc.constantFrom(...STEPS);

  async function play(dead: number, steps: readonly Step[]): Promise<Traveller> {
    const scene = new Scene(dead);
    await scene.begin();
    for (const one of steps) await scene.take(one);
    await scene.end();
    await scene.traveller.reach.close();
    return scene.traveller;
  }

  const CASES = [
    { name: 'is open if the router passes connections on', dead: 0, failed: 0, situation: 'open' },
    { name: 'is open if the router passes them on after a second request', dead: 1, failed: 1, situation: 'open' },
    { name: 'is dead after two requests', dead: 2, failed: 2, situation: 'behind' },
  ] as const;
  for (const { name, dead, failed, situation } of CASES) {
    it(`${name}, in whatever order messages, checks and grants come`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const { mapper, told } = await play(dead, steps);
          assert.equal(mapper.calls.filter((call) => call === 'failed').length, failed);
          assert.equal(told.findLast((reach) => reach.situation !== 'signedOut')?.situation, situation);
          assert.equal(mapper.calls.includes('confirmed'), situation === 'open');
        }),
        { numRuns: 60 },
      );
    });
  }
});
