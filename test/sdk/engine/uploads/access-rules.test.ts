import assert from 'node:assert/strict';
import { Access } from '../../../../sdk/engine/uploads/access.js';
import { TicketIssuer } from '../support.js';

const DEVICE = 'ab'.repeat(32);
const LAB = 'lab';

describe('Access', () => {
  let nowMs: number;
  let events: string[];
  let office: TicketIssuer;
  let access: Access;
  /** A time of the tracker's clock, in seconds. */
  const T = 1_800_000_000;

  beforeEach(() => {
    nowMs = 5000;
    events = [];
    office = new TicketIssuer();
    const clock = { nowMs: () => nowMs, after: () => () => {}, every: () => () => {} };
    access = new Access(clock, (event) => events.push(event.type));
    access.trust(office.publicKeys);
    access.setTime(T * 1000);
    access.setGroups([{ groupId: LAB, epoch: 3 }]);
  });

  const show = async (claims: object) =>
    access.admit(await office.sign(DEVICE, { epo: 3, iat: T, exp: T + 300, ...claims }), DEVICE);

  it('counts the time of the tracker onward with a monotonic clock', async () => {
    nowMs += 304_000;
    await show({});
    nowMs += 2000;
    await assert.rejects(show({}), /expired/);
    assert.deepEqual(events, ['epochSeen', 'ticketExpired']);
  });

  it('follows the clock of a tracker that was set, in both directions', async () => {
    await assert.rejects(show({ iat: T - 600, exp: T - 300 }), /expired/);
    access.setTime((T - 600) * 1000);
    await show({ iat: T - 600, exp: T - 300 });
    access.setTime((T + 3600) * 1000);
    await assert.rejects(show({}), /expired/);
    await show({ iat: T + 3600, exp: T + 3900 });
  });

  it('asks for the time only because of tickets that the tracker signed, for this device and one of its groups', async () => {
    const late = { iat: T - 600, exp: T - 300 };
    await assert.rejects(show({ ...late, grp: 'other' }));
    await assert.rejects(show({ ...late, dev: 'cd'.repeat(32) }));
    await assert.rejects(access.admit(await new TicketIssuer().sign(DEVICE, { ...late, epo: 3 }), DEVICE));
    assert.deepEqual(events, []);
  });

  it('raises the epoch by a signed ticket, and tells each epoch once', async () => {
    await show({ epo: 5 });
    await show({ epo: 5 });
    assert.deepEqual(events, ['epochSeen']);
    await show({ epo: 4 }); // until the others had time to renew theirs
    nowMs += 21_000;
    await assert.rejects(show({ epo: 4 }));
    await show({ epo: 5 });
  });

  it('accepts the lower epoch of a restored tracker', async () => {
    access.setGroups([{ groupId: LAB, epoch: 1 }]);
    await show({ epo: 1 });
    access.remove(LAB, 2, 'mallory');
    await assert.rejects(show({ epo: 1, sub: 'mallory' }));
  });
});
