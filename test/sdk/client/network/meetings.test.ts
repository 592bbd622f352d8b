import assert from 'node:assert/strict';
import { MAX_ASKED, MAX_CALLED, MEETING_LIFETIME_MS, Meetings } from '../../../../sdk/client/network/meetings.js';
import type { Online } from '../../../../sdk/client/tracker/tracker-meeting.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';
import type { ConnectMode, EngineCommand } from '../../../../sdk/engine/index.js';
import { type MeetingWay, ShoalError, type TrackerEvent } from '../../../../sdk/protocol/index.js';

const MEETING = 'm'.repeat(22);
const TOKEN = 't'.repeat(22);
const OBSERVE = 'o'.repeat(22);
const DEVICE = 'ab'.repeat(32);
const WANTED = { request: 7, groupId: 'lab', deviceId: DEVICE, by: 'back' as const };
const AT = { host: '203.0.113.7', port: 24_816 };

/** A device between a scripted tracker and a scripted engine. */
class Device {
  readonly sent: EngineCommand[] = [];
  readonly asked: unknown[] = [];
  connect: ConnectMode = 'auto';
  offered = ['reach', 'meetings', 'punch', 'relay'];
  isAway = false;
  isMember = true;
  nowMs = 0;
  answer: () => Promise<object> = () => Promise.resolve({ meeting: MEETING, relayToken: TOKEN, observeToken: OBSERVE });
  readonly meetings = new Meetings({
    logger: SILENT,
    connect: () => this.connect,
    online: () => (this.isAway ? undefined : (this.#online() as Online)),
    call: ((method: string, params: object) => {
      this.asked.push([method, params]);
      return this.answer();
    }) as never,
    isMember: (groupId) => this.isMember && groupId === 'lab',
    send: (command) => this.sent.push(command),
    nowMs: () => this.nowMs,
  });

  /** What the engine got for its wish. */
  async want(by: MeetingWay = 'back'): Promise<EngineCommand | undefined> {
    await this.meetings.wanted({ ...WANTED, by });
    return this.sent.pop();
  }

  /** What the engine got of a call. */
  called(event: Partial<TrackerEvent<'meet'>> = {}): EngineCommand | undefined {
    const { meetings } = this;
    const common = { meeting: MEETING, groupId: 'lab', deviceId: DEVICE, userId: 'bob', by: 'back' as const };
    meetings.called({ ...common, addresses: [AT], ...event });
    return this.sent.pop();
  }

  #online(): Pick<Online, 'location' | 'remoteAddress' | 'isLoopback'> & { hello: { offers: string[] } } {
    const location = { host: 'tracker.example', port: 6970 };
    return { location, remoteAddress: '198.51.100.1', isLoopback: false, hello: { offers: this.offered } };
  }
}

function codeOf(command: EngineCommand | undefined): string {
  return command?.type === 'noMeeting' ? command.code : `${command?.type}`;
}

describe('meetings that the engine wants', () => {
  it('are arranged by the tracker', async () => {
    const device = new Device();
    assert.deepEqual(await device.want('back'), { type: 'meeting', request: 7, meeting: MEETING });
    assert.deepEqual(device.asked, [['meet', { groupId: 'lab', deviceId: DEVICE, by: 'back' }]]);
  });

  it('take the relay of this tracker, at the address of the connection to it', async () => {
    const relay = { host: '198.51.100.1', port: 6970, token: TOKEN };
    assert.deepEqual(await new Device().want('relay'), { type: 'meeting', request: 7, meeting: MEETING, relay });
  });

  it('take the relay of another node where the tracker says so, and no place that it must not name', async () => {
    const device = new Device();
    device.answer = () => Promise.resolve({ meeting: MEETING, relayToken: TOKEN, via: AT });
    const relay = { ...AT, token: TOKEN };
    assert.deepEqual(await device.want('relay'), { type: 'meeting', request: 7, meeting: MEETING, relay });
    assert.deepEqual(device.asked, [['meet', { groupId: 'lab', deviceId: DEVICE, by: 'relay', elsewhere: true }]]);
    for (const via of [
      { ...AT, host: '127.0.0.1' },
      { ...AT, host: 'relay.example' },
      { ...AT, port: 25 },
    ]) {
      device.answer = () => Promise.resolve({ meeting: MEETING, relayToken: TOKEN, via });
      assert.equal(codeOf(await device.want('relay')), 'PEER_UNREACHABLE');
    }
  });

  it('show a port to this tracker, at the address of the connection to it', async () => {
    const observer = { host: '198.51.100.1', port: 6970, token: OBSERVE };
    assert.deepEqual(await new Device().want('punch'), { type: 'meeting', request: 7, meeting: MEETING, observer });
  });

  it('fail with the code of the tracker', async () => {
    const device = new Device();
    device.answer = () => Promise.reject(new ShoalError('RELAY_LIMITED', 'The relay is used up until 00:00.'));
    const message = 'The relay is used up until 00:00.';
    assert.deepEqual(await device.want('relay'), { type: 'noMeeting', request: 7, code: 'RELAY_LIMITED', message });
    device.answer = () => Promise.resolve({ meeting: MEETING });
    assert.equal(codeOf(await device.want('relay')), 'PROTOCOL_ERROR');
  });

  it('are not asked for in vain', async () => {
    const cases: [change: (device: Device) => void, by: MeetingWay, code: string][] = [
      [(device) => (device.isAway = true), 'back', 'DISCONNECTED'],
      [(device) => (device.isMember = false), 'back', 'NOT_A_MEMBER'],
      [(device) => (device.offered = []), 'back', 'PEER_UNREACHABLE'],
      [(device) => (device.offered = ['meetings']), 'relay', 'PEER_UNREACHABLE'],
      [(device) => (device.offered = ['meetings', 'relay']), 'punch', 'PEER_UNREACHABLE'],
      [(device) => (device.connect = 'relay'), 'punch', 'PEER_UNREACHABLE'],
      [(device) => (device.connect = 'direct'), 'relay', 'PEER_UNREACHABLE'],
      [(device) => (device.connect = 'relay'), 'back', 'PEER_UNREACHABLE'],
    ];
    for (const [change, by, code] of cases) {
      const device = new Device();
      change(device);
      assert.equal(codeOf(await device.want(by)), code);
      assert.deepEqual(device.asked, []);
    }
  });

  it('are few at once', async () => {
    const device = new Device();
    const answers: ((value: object) => void)[] = [];
    device.answer = () => new Promise((resolve) => answers.push(resolve));
    const asking = Array.from({ length: MAX_ASKED }, () => device.meetings.wanted(WANTED));
    assert.equal(codeOf(await device.want()), 'RATE_LIMITED');
    for (const answer of answers.splice(0)) answer({ meeting: MEETING });
    await Promise.all(asking);
    assert.equal(device.sent.length, MAX_ASKED);
    device.answer = () => Promise.resolve({ meeting: MEETING });
    assert.equal(codeOf(await device.want()), 'meeting');
  });
});

describe('meetings that others want', () => {
  it('reach the engine, with the addresses or with the relay', () => {
    const device = new Device();
    const common = { type: 'called', meeting: MEETING, deviceId: DEVICE, userId: 'bob' };
    assert.deepEqual(device.called(), { ...common, addresses: [AT] });
    const relay = { host: '198.51.100.1', port: 6970, token: TOKEN };
    assert.deepEqual(device.called({ by: 'relay', relayToken: TOKEN }), { ...common, addresses: [], relay });
    const observer = { ...relay, token: OBSERVE };
    assert.deepEqual(device.called({ by: 'punch', observeToken: OBSERVE }), { ...common, addresses: [], observer });
  });

  it('lead to another node of the tracker if the tokens are valid there', () => {
    const device = new Device();
    const via = { host: '198.51.100.7', port: 6971 };
    const command = device.called({ by: 'relay', relayToken: TOKEN, via });
    assert.deepEqual(command?.type === 'called' && command.relay, { ...via, token: TOKEN });
    for (const host of ['127.0.0.1', '169.254.169.254', 'node.example'])
      assert.equal(device.called({ by: 'relay', relayToken: TOKEN, via: { ...via, host } }), undefined);
  });

  it('lead to no address that no peer has', () => {
    const device = new Device();
    const bad = ['127.0.0.1', '::1', '169.254.169.254', '0.0.0.0', '224.0.0.1', 'fe80::1', 'printer.example', '127.1'];
    const addresses = [...bad.map((host) => ({ host, port: 24_816 })), { host: '192.168.1.1', port: 80 }];
    assert.equal(device.called({ addresses }), undefined);
    const command = device.called({ addresses: [...addresses, AT] });
    assert.deepEqual(command?.type === 'called' && command.addresses, [AT]);
  });

  it('are none of this device unless its user is in the group and wants that way', () => {
    const cases: [change: (device: Device) => void, event: Partial<TrackerEvent<'meet'>>][] = [
      [(device) => (device.isMember = false), {}],
      [() => {}, { groupId: 'other' }],
      [(device) => (device.isAway = true), {}],
      [(device) => (device.connect = 'relay'), {}],
      [(device) => (device.connect = 'direct'), { by: 'relay', relayToken: TOKEN }],
      [() => {}, { by: 'relay' }],
      [() => {}, { by: 'punch', relayToken: TOKEN }],
      [(device) => (device.connect = 'relay'), { by: 'punch', observeToken: OBSERVE }],
      [() => {}, { addresses: [] }],
    ];
    for (const [change, event] of cases) {
      const device = new Device();
      change(device);
      assert.equal(device.called(event), undefined);
    }
  });

  it('begin when the tracker says so, and lead to no address that no peer has', () => {
    const device = new Device();
    const go = (host: string, port = 24_816) => {
      device.meetings.go({ meeting: MEETING, address: { host, port }, afterMs: 20 });
      return device.sent.pop();
    };
    assert.deepEqual(go(AT.host), { type: 'meetGo', meeting: MEETING, address: AT, afterMs: 20 });
    for (const host of ['127.0.0.1', '::1', '169.254.169.254', 'fe80::1', 'printer.example'])
      assert.equal(go(host), undefined);
    assert.equal(go('192.168.1.1', 80), undefined);
    device.connect = 'relay';
    assert.equal(go(AT.host), undefined);
  });

  it('are few at once, whatever the tracker sends', () => {
    const device = new Device();
    const passed = () => Array.from({ length: 3 * MAX_CALLED }, () => device.called()).filter(Boolean).length;
    assert.equal(passed(), MAX_CALLED);
    device.nowMs += MEETING_LIFETIME_MS - 1;
    assert.equal(passed(), 0);
    device.nowMs += 1;
    assert.equal(passed(), MAX_CALLED);
  });
});
