import assert from 'node:assert/strict';
import { Passwords } from '../../../tracker/accounts/passwords.js';
import { hasCode } from '../support.js';

const ME = { address: 'here', connection: '1' };

describe('passwords', () => {
  const passwords = new Passwords();
  after(() => passwords.close());

  it('are stored as Argon2id with their own salt', async () => {
    const [one, two] = await Promise.all([passwords.hash('correct horse', ME), passwords.hash('correct horse', ME)]);
    assert.notEqual(one, two);
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(await passwords.verify('correct horse', one, ME), true);
    assert.equal(await passwords.verify('Correct horse', one, ME), false);
    assert.equal(await passwords.verify('correct horse', undefined, ME), false);
  });

  it('may contain anything', async () => {
    for (const password of ['x', '🐟'.repeat(200), 'a\u0000b']) {
      assert.equal(await passwords.verify(password, await passwords.hash(password, ME), ME), true);
    }
  });

  it('are bounded in number', async () => {
    const crowded = new Passwords();
    const outcomes = Promise.allSettled(Array.from({ length: 100 }, () => crowded.hash('x', ME)));
    await crowded.close(); // accepted passwords are not awaited
    const isRefused = hasCode('RATE_LIMITED');
    const refused = (await outcomes).filter((one) => one.status === 'rejected' && isRefused(one.reason));
    assert.equal(refused.length, 100 - 65);
  });
});
