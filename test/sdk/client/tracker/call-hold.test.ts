import assert from 'node:assert/strict';
import { CallHold } from '../../../../sdk/client/tracker/call-hold.js';
import { hasCode } from '../../../support/has-code.js';

describe('calls during a change of the node', () => {
  let hold: CallHold;
  let made: string[];

  beforeEach(() => {
    hold = new CallHold();
    made = [];
  });

  const call = (method: Parameters<CallHold['pass']>[0], signal?: AbortSignal) =>
    hold.pass(method, signal, async () => void made.push(method));

  it('wait, in their order, until the client has signed in at the other one', async () => {
    await call('listGroups');
    hold.begin();
    const later = [call('createGroup'), call('ticket')];
    await call('login');
    assert.deepEqual(made.splice(0), ['listGroups', 'login']);
    hold.restoring();
    await call('resume');
    await Promise.all(later);
    assert.deepEqual(made, ['resume', 'createGroup', 'ticket']);
  });

  it('go on if nobody is signed in, and if signing in fails', async () => {
    hold.begin();
    const waiting = call('createUser');
    hold.end();
    await waiting;
    hold.begin();
    const later = call('listGroups');
    hold.restoring();
    await assert.rejects(
      hold.pass('resume', undefined, () => Promise.reject(new Error('refused'))),
      /refused/,
    );
    await later;
    assert.deepEqual(made, ['createUser', 'listGroups']);
  });

  it('are given up by their signals', async () => {
    hold.begin();
    const stop = new AbortController();
    const waiting = call('listGroups', stop.signal);
    stop.abort();
    await assert.rejects(waiting, hasCode('ABORTED'));
    assert.deepEqual(made, []);
  });
});
