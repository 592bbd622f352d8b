import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Queueable, TransferQueue } from '../../../../sdk/client/transfers/transfer-queue.js';

type Priority = Queueable['handle']['priority'];

interface Item extends Queueable {
  readonly name: string;
  readonly handle: { id: string; isQueued: boolean; isRunning: boolean; isIdle: boolean; priority: Priority };
}

type State = 'queued' | 'running' | 'idle' | 'over';

function item(name: string, priority: Priority = 'normal', state: State = 'queued', parent?: string): Item {
  const [isQueued, isIdle] = [state === 'queued', state === 'idle'];
  const handle = { id: name, isQueued, isRunning: isIdle || state === 'running', isIdle, priority };
  return { name, parent, partsAtOnce: 2, handle };
}

function queueOf(atOnce: number | undefined, ...items: Item[]): TransferQueue<Item> {
  const queue = new TransferQueue<Item>(atOnce);
  for (const one of items) queue.add(one);
  return queue;
}

const names = (items: readonly Item[]) => items.map(({ name }) => name).join('');

describe('TransferQueue', () => {
  it('has the next be the first of the highest priority that waits, while there is room', () => {
    const items = [item('a', 'normal', 'running'), item('b', 'low'), item('c'), item('d', 'high'), item('e')];
    const queue = queueOf(2, ...items);
    assert.equal(names(queue.waiting()), 'dceb');
    const nextOf = (atOnce: number | undefined) => {
      queue.atOnce = atOnce;
      return queue.next?.name;
    };
    assert.deepEqual([2, 1, undefined].map(nextOf), ['d', undefined, 'd']);
    for (const one of items) queue.remove(one);
    assert.deepEqual([queue.next, queue.all.length], [undefined, 0]);
  });

  it('lets begin as many as may run, whatever waits for a source', () => {
    const states = fc.array(fc.constantFrom<State>('queued', 'running', 'idle', 'over'), { maxLength: 30 });
    fc.assert(
      fc.property(states, fc.nat(6), (all, atOnce) => {
        const queue = queueOf(atOnce, ...all.map((state, index) => item(String(index), 'normal', state)));
        const numberOf = (state: State) => all.filter((one) => one === state).length;
        let begun = 0;
        for (let next = queue.next; next; next = queue.next, begun++)
          Object.assign(next.handle, { isQueued: false, isRunning: true });
        assert.equal(begun, Math.min(numberOf('queued'), Math.max(0, atOnce - numberOf('running'))));
        assert.equal(queue.isOverfull(undefined), numberOf('running') > atOnce);
      }),
    );
  });

  it('counts a folder once, and lets its parts wait among themselves', () => {
    const folder = item('f', 'normal', 'running');
    const [p, q, r, s] = ['p', 'q', 'r', 's'].map((name) => item(name, 'normal', 'queued', 'f'));
    assert.ok(p && q && r && s);
    const [a, b] = [item('a'), item('b')];
    const queue = queueOf(2, folder, p, q, r, s, a, b);
    assert.deepEqual([names(queue.wholes), names(queue.waiting()), names(queue.waiting('f'))], ['fab', 'ab', 'pqrs']);
    const begun: string[] = [];
    for (let next = queue.next; next; next = queue.next) {
      Object.assign(next.handle, { isQueued: false, isRunning: true });
      begun.push(next.name);
    }
    assert.deepEqual(begun, ['p', 'q', 'a'], 'two parts of the folder, and one download beside it');
    assert.deepEqual([queue.hasRoom(undefined), queue.hasRoom('f'), queue.isOverfull('f')], [false, false, false]);
    Object.assign(folder, { partsAtOnce: 1 });
    assert.equal(queue.isOverfull('f'), true);
    queue.remove(folder);
    Object.assign(p.handle, { isRunning: false });
    Object.assign(q.handle, { isRunning: false });
    assert.equal(queue.next, b, 'no part of a folder begins without it');
  });

  it('moves one that waits among its equals, past those that do not wait', () => {
    const [a, b, c, d] = [item('a'), item('b', 'normal', 'over'), item('c'), item('d')];
    const queue = queueOf(0, a, b, c, d);
    queue.move(d, 0);
    assert.deepEqual([names(queue.waiting()), names(queue.all)], ['dac', 'dabc']);
    queue.move(d, 99);
    assert.equal(names(queue.waiting()), 'acd');
    queue.move(b, 0);
    assert.equal(names(queue.all), 'abcd', 'what does not wait has no place');
  });

  it('puts one where it is asked to, or as near as its priority lets it, and leaves the others in their order', () => {
    const priority = fc.constantFrom<Priority>('high', 'normal', 'low');
    const items = fc.array(fc.record({ priority, state: fc.constantFrom('queued', 'running', 'over') }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(items, fc.nat(11), fc.nat(15), (described, which, position) => {
        const all = described.map(({ priority: its, state }, index) =>
          item(String.fromCharCode(97 + index), its, state as 'queued'),
        );
        const moved = all[which % all.length];
        if (!moved) return;
        const queue = queueOf(0, ...all);
        const before = queue.waiting();
        queue.move(moved, position);
        const after = queue.waiting();
        assert.deepEqual(names(after.filter((one) => one !== moved)), names(before.filter((one) => one !== moved)));
        assert.equal(queue.all.length, all.length);
        if (!moved.handle.isQueued) return;
        const equals = after.flatMap((one, index) => (one.handle.priority === moved.handle.priority ? [index] : []));
        const [first = 0, last = 0] = [equals[0], equals.at(-1)];
        assert.equal(after.indexOf(moved), Math.min(last, Math.max(first, position)));
      }),
    );
  });
});
