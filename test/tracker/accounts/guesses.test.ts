import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Guesses } from '../../../tracker/accounts/guesses.js';
import { hasCode } from '../support.js';

describe('guesses at passwords', () => {
  const stranger = (account: string, address: string, deviceId: string) => ({
    ...{ account, address, deviceId },
    knowsDevice: false,
  });
  const mustWait = (guesses: Guesses, guess: Parameters<Guesses['check']>[0], nowMs = 0) => {
    try {
      guesses.check(guess, nowMs);
      return false;
    } catch (error) {
      assert.ok(hasCode('RATE_LIMITED')(error));
      return true;
    }
  };

  it('across names from one address never delay an account that was not guessed at from there', () => {
    const names = fc.constantFrom(...Array.from({ length: 40 }, (_, index) => `user ${index}`));
    const guess = fc.record({ account: names, deviceId: fc.constantFrom('x', 'y', 'z') });
    fc.assert(
      fc.property(fc.array(guess, { maxLength: 300 }), (tries) => {
        const guesses = new Guesses();
        for (const { account, deviceId } of tries) guesses.failed(stranger(account, 'here', deviceId), 0);
        assert.equal(mustWait(guesses, stranger('ann', 'here', "ann's new device")), false);
        assert.equal(guesses.check(stranger('ann', 'here', "ann's new device"), 0), 'signIn');
      }),
    );
  });

  it('from one device have to wait, whatever the names, and have lower priority than others', () => {
    const guesses = new Guesses();
    for (let name = 0; name < 9; name++) guesses.failed(stranger(`user ${name}`, 'here', 'x'), 0);
    assert.equal(guesses.check(stranger('ann', 'here', 'x'), 0), 'doubtful');
    guesses.failed(stranger('user 9', 'here', 'x'), 0);
    assert.equal(mustWait(guesses, stranger('ann', 'here', 'x')), true);
    assert.equal(mustWait(guesses, stranger('ann', 'here', 'y')), false);
  });

  it('at one account have to wait where they are made, and the owner never on a known device', () => {
    const guesses = new Guesses();
    for (let guess = 0; guess < 5; guess++) guesses.failed(stranger('ann', 'here', `device ${guess}`), 0);
    assert.equal(mustWait(guesses, stranger('ann', 'here', 'a new device')), true);
    assert.equal(mustWait(guesses, stranger('ann', 'elsewhere', 'a new device')), false);
    assert.equal(mustWait(guesses, { ...stranger('ann', 'here', "ann's"), knowsDevice: true }), false);
  });

  it('at one account from everywhere have to wait, except on its own devices', () => {
    const guesses = new Guesses();
    for (let address = 0; address < 100; address++) guesses.failed(stranger('ann', `${address}`, `${address}`), 0);
    assert.equal(mustWait(guesses, stranger('ann', 'elsewhere', 'a new device')), true);
    assert.equal(mustWait(guesses, stranger('bob', 'elsewhere', 'a new device')), false);
    assert.equal(mustWait(guesses, { ...stranger('ann', '1', "ann's"), knowsDevice: true }), false);
  });

  it('from a device that the account knows are counted as well, and reset by a right one', () => {
    const guesses = new Guesses();
    const mine = { ...stranger('ann', 'here', "ann's"), knowsDevice: true };
    for (let guess = 0; guess < 5; guess++) guesses.failed(mine, 0);
    assert.equal(mustWait(guesses, mine), true);
    guesses.succeeded(mine);
    assert.equal(mustWait(guesses, mine), false);
  });
});
