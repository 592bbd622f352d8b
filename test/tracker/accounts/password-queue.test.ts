import assert from 'node:assert/strict';
import { Passwords } from '../../../tracker/accounts/passwords.js';
import { hasCode } from '../support.js';

const MEMORY_OF_ONE = 19 << 20;

describe('passwords that wait for their turn', () => {
  let passwords: Passwords;
  let unhandled: unknown[];
  const note = (reason: unknown) => unhandled.push(reason);

  beforeEach(() => {
    passwords = new Passwords();
    unhandled = [];
    process.prependListener('unhandledRejection', note);
  });
  afterEach(async () => {
    await passwords.close();
    process.off('unhandledRejection', note);
  });

  it('are refused where there are too many, and taken in again when there is room', async () => {
    const known = await passwords.hash('pw');
    const queue = Array.from({ length: 128 }, () => passwords.hash('x'));
    const isRefused = hasCode('RATE_LIMITED');
    await assert.rejects(passwords.hash('x'), isRefused);
    await assert.rejects(passwords.verify('pw', known), isRefused);
    await assert.rejects(passwords.verify('pw', undefined), isRefused);
    const before = process.memoryUsage.rss();
    await queue[0];
    const taking = process.memoryUsage.rss() - before;
    assert.ok(taking < 20 * MEMORY_OF_ONE, `one has its turn after the other, and they took ${taking} bytes`);
    await Promise.all(queue);
    assert.equal(await passwords.verify('pw', undefined), false);
    assert.equal(await passwords.verify('pw', known), true);
    assert.deepEqual(unhandled, []);
  });

  it('are told that the tracker stops, and nothing is left of them', async () => {
    const known = await passwords.hash('pw');
    const refused = [passwords.verify('pw', known), passwords.verify('pw', undefined), passwords.hash('x')].map((one) =>
      assert.rejects(one, hasCode('SHUTTING_DOWN')),
    );
    await passwords.close();
    await Promise.all(refused);
    assert.deepEqual(unhandled, []);
  });
});
