import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Condition,
  changeBetween,
  found,
  outdated,
  type Standing,
  stateOf,
  unknown,
} from '../../../../../sdk/client/shares/serving/share-state.js';

const CONDITION: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant({ name: 'available' as const }),
  fc.record({
    name: fc.constantFrom('verifying' as const, 'edited' as const, 'missing' as const, 'unreadable' as const),
    why: fc.string(),
  }),
);
const STEPS = fc.array(
  fc.oneof(fc.record({ condition: CONDITION }), fc.record({ behind: fc.option(fc.string(), { nil: undefined }) })),
  { maxLength: 20 },
);

describe('the state of a share', () => {
  it('is what was found last, since it was found first; only an available one is behind', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        let standing: Standing = unknown(0);
        let [name, sinceMs]: [string, number] = ['verifying', 0];
        let behind: { why: string; sinceMs: number } | undefined;
        for (const [index, step] of steps.entries()) {
          const nowMs = index + 1;
          if ('condition' in step) {
            standing = found(standing, step.condition, nowMs);
            if (step.condition.name !== name) [name, sinceMs] = [step.condition.name, nowMs];
          } else {
            standing = outdated(standing, step.behind, nowMs);
            behind = step.behind === undefined ? undefined : { why: step.behind, sinceMs: behind?.sinceMs ?? nowMs };
          }
          const state = stateOf(standing);
          if (name === 'available' && behind) assert.deepEqual(state, { name: 'behind', ...behind });
          else assert.deepEqual([state.name, state.sinceMs], [name, sinceMs]);
          assert.equal(state.why === undefined, state.name === 'available');
        }
      }),
    );
  });

  it('tells of each loss, trouble and return once, however often it is verified between', () => {
    fc.assert(
      fc.property(fc.array(CONDITION, { maxLength: 20 }), (conditions) => {
        let standing = unknown(0);
        let settled: string = 'available';
        for (const condition of conditions) {
          const after = found(standing, condition, 1);
          const { lost, isUnreadable, isReadableAgain } = changeBetween(standing, after);
          const { name } = condition;
          const isLost = settled === 'available' && (name === 'missing' || name === 'edited');
          assert.equal(lost, isLost ? (name === 'missing' ? 'gone' : 'changed') : undefined);
          assert.equal(isUnreadable, name === 'unreadable' && settled !== 'unreadable');
          assert.equal(isReadableAgain, name === 'available' && settled === 'unreadable');
          if (name !== 'verifying') settled = name;
          standing = after;
        }
      }),
    );
  });
});
