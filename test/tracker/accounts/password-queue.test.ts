import assert from 'node:assert/strict';
import { Passwords } from '../../../tracker/accounts/passwords.js';
import { hasCode } from '../support.js';

const MEMORY_OF_ONE = 19 << 20;

describe('waiting passwords', () => {
  let passwords: Passwords;
  let unhandled: unknown[];
  const note = (reason: unknown) => unhandled.push(reason);
  const at = (address: string, connection = '1') => ({ address, connection });

  beforeEach(() => {
    passwords = new Passwords();
    unhandled = [];
    process.prependListener('unhandledRejection', note);
  });
  afterEach(async () => {
    await passwords.close();
    process.off('unhandledRejection', note);
  });

  it('are refused to the connection with the most if there are too many, and to no other', async () => {
    const known = await passwords.hash('pw', at('b'));
    const crowd = Promise.allSettled(
      Array.from({ length: 65 }, (_, index) => passwords.hash('x', at('a', `${index % 3}`))),
    );
    const other = passwords.hash('x', at('b'));
    const signIn = passwords.verify('pw', known, at('c'));
    assert.equal(await signIn, true);
    await other;
    const before = process.memoryUsage.rss();
    await passwords.verify('pw', undefined, at('c'));
    const taking = process.memoryUsage.rss() - before;
    assert.ok(taking < 20 * MEMORY_OF_ONE, `one has its turn after the other, and they took ${taking} bytes`);
    await passwords.close();
    const refused = (await crowd).filter((one) => one.status === 'rejected' && hasCode('RATE_LIMITED')(one.reason));
    assert.equal(refused.length, 1, 'one was under way, 64 waited, and one was too many when another address came');
    assert.deepEqual(unhandled, []);
  });

  it('of sign-ins have priority over those of sign-ups, and each address and connection has its turn', async () => {
    const known = await passwords.hash('pw', at('a'));
    const done: string[] = [];
    const noted = (what: string, work: Promise<unknown>) => work.then(() => done.push(what));
    const all = Promise.all([
      ...Array.from({ length: 4 }, () => noted('sign-up', passwords.hash('x', at('a')))),
      ...Array.from({ length: 3 }, () => noted('guess', passwords.verify('x', known, at('a'), 'doubtful'))),
      ...Array.from({ length: 3 }, () => noted('one', passwords.verify('x', undefined, at('a', '1')))),
      noted('neighbour', passwords.verify('pw', known, at('a', '2'))),
      noted('other', passwords.verify('pw', known, at('b'))),
    ]);
    await all;
    const late = done.filter((what) => what === 'neighbour' || what === 'other');
    assert.deepEqual(late, ['other', 'neighbour']);
    // The first sign-up was running. Of eight turns, a guess and a sign-up get one each.
    assert.deepEqual(done.slice(0, 4), ['sign-up', 'one', 'guess', 'other']);
    assert.equal(done[4], 'neighbour');
    assert.ok(
      done.lastIndexOf('one') < done.lastIndexOf('guess') && done.lastIndexOf('guess') < done.lastIndexOf('sign-up'),
    );
  });

  it('get an error when the tracker stops, and none is left', async () => {
    const known = await passwords.hash('pw', at('a'));
    const waiting = [
      passwords.verify('pw', known, at('a')),
      passwords.verify('pw', undefined, at('a')),
      passwords.hash('x', at('a')),
    ].map((one) => assert.rejects(one, hasCode('SHUTTING_DOWN')));
    await passwords.close();
    await Promise.all(waiting);
    await assert.rejects(passwords.hash('x', at('a')), hasCode('SHUTTING_DOWN'));
    assert.deepEqual(unhandled, []);
  });
});
