import assert from 'node:assert/strict';
import { GroupTickets } from '../../../../sdk/client/session/group-tickets.js';
import type { Session } from '../../../../sdk/client/session/session.js';
import { TrackerClock } from '../../../../sdk/client/tracker/tracker-clock.js';
import { type Group, ShoalError, TICKET_LIFETIME_MS } from '../../../../sdk/protocol/index.js';

const group = (groupId: string, epoch: number): Group => ({
  groupId,
  epoch,
  standing: 'member',
  ownerId: 'alice',
  members: 2,
});

describe('GroupTickets', () => {
  let trackerMs: number;
  let epoch: number;
  let clock: TrackerClock;
  let calls: [method: string, params: object][];
  let sent: object[];
  let refusal: ShoalError | undefined;
  let tickets: GroupTickets;

  beforeEach(() => {
    trackerMs = 1_800_000_000_000;
    epoch = 3;
    clock = new TrackerClock();
    clock.set(trackerMs, performance.now());
    [calls, sent, refusal] = [[], [], undefined];
    const session = {
      call: async (method: string, params: object) => {
        calls.push([method, params]);
        if (refusal) throw refusal;
        return method === 'ticket'
          ? { ticket: `ticket ${epoch}`, epoch, expiresAtMs: trackerMs + TICKET_LIFETIME_MS }
          : {};
      },
      engine: { send: (command: object) => sent.push(command) },
      online: { clock },
      logger: { debug: () => {} },
    };
    tickets = new GroupTickets(session as unknown as Session);
  });

  it("takes the tracker's time from a ticket, and tells the engine only a time that was set", async () => {
    await tickets.fetch('lab');
    assert.deepEqual(sent, []);
    trackerMs -= 600_000;
    await tickets.fetch('lab');
    assert.equal(sent.length, 1);
    assert.ok(Math.abs(clock.nowMs() - trackerMs) < 1000);
  });

  it('takes the time anew when peers show expired tickets, but not for each of them', async () => {
    trackerMs -= 600_000;
    for (let time = 0; time < 50; time++) await tickets.onExpired('lab');
    assert.equal(calls.length, 3);
    assert.ok(Math.abs(clock.nowMs() - trackerMs) < 1000);
  });

  it('survives a tracker that gives no ticket', async () => {
    refusal = new ShoalError('DISCONNECTED', 'The tracker is away.');
    await tickets.onExpired('lab');
    assert.deepEqual(sent, []);
  });

  it('shows a restored tracker its own tickets, for the groups whose epochs it has forgotten', async () => {
    tickets.onEpochSeen('lab', 5, 'of five');
    tickets.onEpochSeen('lab', 4, 'of four');
    tickets.onEpochSeen('club', 2, 'of two');
    const groups = await tickets.prove([group('lab', 3), group('club', 2), group('new', 0)]);
    assert.deepEqual(calls, [['proveEpochs', { tickets: ['of five'] }]]);
    assert.deepEqual(
      groups.map((one) => one.epoch),
      [5, 2, 0],
    );
  });

  it("keeps the tracker's epochs if it does not accept the proof", async () => {
    tickets.onEpochSeen('lab', 5, 'of five');
    refusal = new ShoalError('TRACKER_INCOMPATIBLE', 'It is older.');
    assert.deepEqual(
      (await tickets.prove([group('lab', 3)])).map((one) => one.epoch),
      [3],
    );
  });

  it('forgets groups that the user has left', async () => {
    tickets.onEpochSeen('lab', 5, 'of five');
    await tickets.prove([]);
    await tickets.prove([group('lab', 3)]);
    assert.deepEqual(calls, []);
  });
});
