import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Interfaces,
  LATE_AFTER_MS,
  LOOK_EVERY_MS,
  type NetworkChange,
  NetworkWatch,
} from '../../../sdk/reach/index.js';
import { info } from './interface-info.js';

/** A computer that moves between networks and sleeps, with the watch on it. */
class Traveller {
  readonly noticed: NetworkChange[] = [];
  readonly watch: NetworkWatch;
  isWatched = true;
  #interfaces: Interfaces = {};
  #nowMs = 1e12;
  #look = () => {};

  constructor() {
    this.watch = new NetworkWatch({
      interfaces: () => this.#interfaces,
      onChange: (change) => this.noticed.push(change),
      clock: {
        nowMs: () => this.#nowMs,
        every: (ms, act) => {
          assert.equal(ms, LOOK_EVERY_MS);
          this.#look = act;
          return () => {
            this.isWatched = false;
          };
        },
      },
    });
  }

  moveTo(address: string): void {
    this.#interfaces = { wlan0: [info(address)] };
  }

  /** Lets the next look come, late by as much. @returns what it noticed */
  look(lateMs = 0): NetworkChange | undefined {
    const before = this.noticed.length;
    this.#nowMs += LOOK_EVERY_MS + lateMs;
    this.#look();
    return this.noticed[before];
  }
}

describe('a watch on the network', () => {
  it('notices another network once, and sleep by its lateness', () => {
    const traveller = new Traveller();
    assert.equal(traveller.look(), undefined);
    traveller.moveTo('192.168.1.10');
    assert.equal(traveller.look(), 'changed');
    assert.equal(traveller.look(), undefined);
    assert.equal(traveller.look(LATE_AFTER_MS), undefined);
    assert.equal(traveller.look(LATE_AFTER_MS + 1), 'woke');
    assert.equal(traveller.look(-3600_000), undefined, 'the time of day was set back');
    assert.equal(traveller.look(), undefined);
    traveller.watch.close();
    assert.equal(traveller.isWatched, false);
  });

  it('notices exactly what happens, in whatever order', () => {
    const steps = fc.array(
      fc.record({ to: fc.constantFrom('192.168.1.10', '10.0.0.7', 'fe80::1'), lateMs: fc.nat(2 * LATE_AFTER_MS) }),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const traveller = new Traveller();
        let usable = '';
        for (const { to, lateMs } of all) {
          traveller.moveTo(to);
          const nowUsable = to.startsWith('fe80') ? '' : to;
          const expected = nowUsable !== usable ? 'changed' : lateMs > LATE_AFTER_MS ? 'woke' : undefined;
          usable = nowUsable;
          assert.equal(traveller.look(lateMs), expected);
        }
      }),
    );
  });
});
