import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Allowance, Allowances } from '../../../sdk/transfer/index.js';

const SPENDING = fc.array(fc.record({ cost: fc.nat(500), laterMs: fc.nat(2000) }), { minLength: 1, maxLength: 50 });

describe('Allowance', () => {
  it('lets nobody who waits as told spend more than the rate gives, and the burst, and what was spent last', () => {
    fc.assert(
      fc.property(SPENDING, fc.integer({ min: 1, max: 1000 }), fc.nat(1000), (spending, perSecond, burst) => {
        const allowance = new Allowance({ perSecond, burst }, 0);
        let nowMs = 0;
        let spent = 0;
        for (const { cost, laterMs } of spending) {
          nowMs += laterMs + allowance.waitMs(nowMs + laterMs);
          const before = spent;
          spent += cost;
          allowance.spend(cost, nowMs);
          assert.ok(before <= burst + (perSecond * nowMs) / 1000 + 1e-6);
        }
      }),
    );
  });

  it('gives what is there or nothing, and a clock that goes back gives nothing', () => {
    const allowance = new Allowance({ perSecond: 10, burst: 5 }, 1000);
    assert.ok(allowance.trySpend(5, 1000));
    assert.ok(!allowance.trySpend(1, 0));
    assert.ok(!allowance.trySpend(1, 1050));
    assert.ok(allowance.trySpend(1, 1100));
  });

  it('is forgotten where it is full, and only there', () => {
    const allowances = new Allowances({ perSecond: 10, burst: 10 });
    allowances.of('idle', 0);
    allowances.of('busy', 0).spend(10, 0);
    allowances.review(500);
    assert.equal(allowances.size, 1);
    assert.equal(allowances.of('busy', 500).waitMs(500), 0);
    assert.ok(!allowances.of('busy', 500).trySpend(6, 500));
    allowances.review(1000);
    assert.equal(allowances.size, 0);
  });
});
