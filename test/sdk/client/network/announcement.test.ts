import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ConnectMode } from '../../../../sdk/client/api/reach.js';
import { Announcement } from '../../../../sdk/client/network/announcement.js';
import { OwnAddresses } from '../../../../sdk/client/network/own-addresses.js';
import type { Online } from '../../../../sdk/client/tracker/tracker-meeting.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { info } from '../../reach/interface-info.js';

const SEEN = { host: '203.0.113.7', port: 24_816 };

/** A device between networks, and a scripted tracker. */
class Device {
  host = '192.168.1.10';
  connect: ConnectMode = 'auto';
  isOnline = true;
  isRefused = false;
  offered = ['reach'];
  /** What the tracker has of it. */
  tracker: unknown;
  calls = 0;
  changes = 0;
  #waiting: (() => void)[] = [];
  readonly own = new OwnAddresses({
    listening: { host: '::', port: 24_816 },
    advertised: undefined,
    interfaces: () => ({ wlan0: [info(this.host)] }),
  });
  readonly announcement = new Announcement({
    own: this.own,
    logger: SILENT,
    connect: () => this.connect,
    online: () => (this.isOnline ? this.online : undefined),
    call: (async (method: string, params: object) => {
      assert.equal(method, 'moved');
      this.calls++;
      await Promise.resolve();
      if (!this.isOnline) throw new ShoalError('DISCONNECTED', 'away');
      if (this.isRefused) throw new ShoalError('RATE_LIMITED', 'later');
      this.tracker = params;
      return { seen: SEEN };
    }) as never,
    onChanged: () => this.changes++,
    after: (_ms, act) => {
      this.#waiting.push(act);
      return () => {
        this.#waiting = this.#waiting.filter((other) => other !== act);
      };
    },
  });

  get online(): Online {
    return { localAddress: this.host, isLoopback: false, hello: { offers: this.offered } } as unknown as Online;
  }

  signIn(): void {
    const places = this.announcement.places(this.online);
    this.tracker = places;
    this.announcement.signedIn(places);
  }

  /** Lets time pass until nothing is repeated any more. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    for (const act of this.#waiting.splice(0)) act();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

describe('what the tracker is told of the addresses of a device', () => {
  it('is where it is, however often it moves, signs in and loses the tracker', async () => {
    const act = fc.constantFrom('home', 'office', 'signIn', 'lost', 'refuse', 'accept', 'hide', 'show', 'turn');
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const device = new Device();
        const acted: Record<typeof act extends fc.Arbitrary<infer A> ? A : never, () => unknown> = {
          home: () => (device.host = '192.168.1.10'),
          office: () => (device.host = '10.0.0.7'),
          signIn: () => {
            device.isOnline = true;
            device.signIn();
          },
          lost: () => {
            device.isOnline = false;
            device.announcement.signedOut();
          },
          refuse: () => (device.isRefused = true),
          accept: () => (device.isRefused = false),
          hide: () => (device.connect = 'relay'),
          show: () => (device.connect = 'auto'),
          turn: () => Promise.resolve(),
        };
        for (const one of acts) {
          await acted[one]();
          device.announcement.review();
        }
        device.isRefused = false;
        await device.settle();
        if (!device.announcement.isSignedIn) return;
        assert.deepEqual(device.tracker, device.announcement.places(device.online));
      }),
    );
  });

  it('is told once for each move, and not while nobody is signed in', async () => {
    const device = new Device();
    device.announcement.review();
    await device.settle();
    assert.equal(device.calls, 0);
    device.signIn();
    for (let time = 0; time < 5; time++) device.announcement.review();
    await device.settle();
    assert.equal(device.calls, 0);
    device.host = '10.0.0.7';
    for (let time = 0; time < 5; time++) device.announcement.review();
    await device.settle();
    assert.equal(device.calls, 1);
  });

  it('are no addresses for a tracker of version 0.1, nor if only the relay may be used', async () => {
    const device = new Device();
    device.offered = [];
    assert.deepEqual(device.announcement.places(device.online), { endpoint: { port: 24_816 } });
    device.signIn();
    device.host = '10.0.0.7';
    device.announcement.review();
    await device.settle();
    assert.equal(device.calls, 0);
    device.offered = ['reach'];
    device.connect = 'relay';
    assert.deepEqual(device.announcement.places(device.online).addresses, []);
  });

  it('has the verdicts of the tracker, and the address that it sees, until they are no longer true', async () => {
    const device = new Device();
    device.signIn();
    const own = { host: '192.168.1.10', port: 24_816, kind: 'private' as const };
    const seen = { ...SEEN, kind: 'seen' as const };
    assert.deepEqual(device.announcement.addresses(), [{ ...own, verdict: 'unchecked' }]);
    const gone = { host: '10.9.9.9', port: 1234, kind: 'private' as const, verdict: 'open' as const };
    const found = [{ ...own, verdict: 'closed' as const }, { ...seen, verdict: 'open' as const }, gone];
    device.announcement.onFound({ addresses: found });
    assert.deepEqual(device.announcement.addresses(), found.slice(0, 2));
    device.announcement.signedOut();
    device.signIn();
    assert.deepEqual(device.announcement.addresses(), [{ ...own, verdict: 'unchecked' }]);
  });
});
