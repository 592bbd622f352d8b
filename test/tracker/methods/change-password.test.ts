import assert from 'node:assert/strict';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const to = (newPassword: string, password = 'pw') => ({ password, newPassword });

describe('a change of the password', () => {
  let bench: RawBench;
  let ann: RawClient;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start();
    ann = await bench.member('ann');
  });
  afterEach(() => bench.close());

  /** The outcome of a sign-in of Ann on a new device. */
  async function signIn(password: string): Promise<string> {
    const guest = await bench.guest();
    return guest.outcome('login', { userId: 'ann', password, device: guest.prove() });
  }

  it('replaces the password, and keeps the session', async () => {
    assert.equal(await ann.outcome('changePassword', to('another', 'wrong')), 'WRONG_PASSWORD');
    assert.equal(await signIn('another'), 'WRONG_PASSWORD');
    assert.equal(await ann.outcome('changePassword', to('another')), 'ok');
    assert.equal(await signIn('pw'), 'WRONG_PASSWORD');
    assert.equal(await signIn('another'), 'ok');
    assert.deepEqual(await ann.heard('sessionEnded'), []);
    ann.close();
    assert.equal((await (await bench.guest(ann.identity)).resume(ann.token)).userId, 'ann');
  });

  it("ends the user's other sessions, online or not, and nobody else's", async () => {
    const [bob, away] = [await bench.member('bob'), await bench.secondDevice('ann')];
    const other = await bench.secondDevice('ann');
    const here = [other, away].map((client) => client.token);
    away.close();
    const ended = new Promise((resolve) => other.socket.once('close', resolve));
    assert.equal(await ann.outcome('changePassword', to('another')), 'ok');
    await ended;
    assert.deepEqual(await bob.heard('sessionEnded'), []);
    const guest = await bench.guest();
    for (const token of here)
      assert.equal(await guest.outcome('resume', { token, device: guest.prove() }), 'NOT_LOGGED_IN');
    assert.equal((await bench.http('GET', `/manifests/${'ab'.repeat(32)}`, bearer(other))).status, 401);
    assert.equal(await guest.outcome('login', { userId: 'bob', password: 'pw', device: guest.prove() }), 'ok');
  });

  it('leaves no session that was started with the old password meanwhile', async () => {
    const guests = await Promise.all(Array.from({ length: 6 }, () => bench.guest()));
    const sessions = guests.map((guest) => guest.logIn('ann').catch((error: { code?: string }) => error.code));
    const changed = ann.outcome('changePassword', to('another'));
    const outcomes = await Promise.all(sessions);
    assert.equal(await changed, 'ok');
    const later = await bench.guest();
    for (const outcome of outcomes) {
      if (typeof outcome !== 'object') assert.match(String(outcome), /^(WRONG_PASSWORD|NOT_LOGGED_IN)$/);
      else
        assert.equal(await later.outcome('resume', { token: outcome.token, device: later.prove() }), 'NOT_LOGGED_IN');
    }
    assert.equal(await bench.figure('shoal_devices_online'), 1);
  });

  it('succeeds once if two devices do it at the same time', async () => {
    const other = await bench.secondDevice('ann');
    const outcomes = await Promise.all([
      ann.outcome('changePassword', to('one')),
      Promise.race([
        other.outcome('changePassword', to('two')),
        new Promise<string>((resolve) => other.socket.once('close', () => resolve('ended'))),
      ]),
    ]);
    assert.equal(outcomes.filter((outcome) => outcome === 'ok').length, 1, outcomes.join());
    const [right, wrong] = outcomes[0] === 'ok' ? ['one', 'two'] : ['two', 'one'];
    assert.deepEqual([await signIn(right), await signIn(wrong)], ['ok', 'WRONG_PASSWORD']);
  });

  it('does not help guessing: too many failures cause a wait, as at a sign-in from that device', async () => {
    const guesses = Array.from({ length: 10 }, (_, guess) => ann.outcome('changePassword', to('x', `guess ${guess}`)));
    const outcomes = await Promise.all(guesses);
    assert.deepEqual(
      ['WRONG_PASSWORD', 'RATE_LIMITED'].map((code) => outcomes.filter((outcome) => outcome === code).length),
      [5, 5],
    );
    assert.equal(await ann.outcome('changePassword', to('another')), 'RATE_LIMITED');
    await ann.call('logout', {});
    assert.equal(
      await ann.outcome('login', { userId: 'ann', password: 'pw', device: ann.prove() }),
      'RATE_LIMITED',
      'the same count',
    );
    assert.equal(await signIn('pw'), 'ok', 'nobody else is held up');
  });
});

function bearer({ token }: RawClient): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
