import assert from 'node:assert/strict';
import { type Blocked, DialFindings, isOnLink, SILENCE } from '../../../../sdk/engine/ways/dial-findings.js';
import { info } from '../../reach/interface-info.js';

const UNREACHABLE = 'connect EHOSTUNREACH 192.168.1.7:9000 - Local (192.168.1.10:50000)';
const REFUSED = 'connect ECONNREFUSED 192.168.1.7:9000';

describe('what dials tell of this side', () => {
  let findings: DialFindings;
  let told: Blocked[];
  let nowMs: number;

  function open(platform: NodeJS.Platform): void {
    [told, nowMs] = [[], 0];
    const isOnLink = (host: string) => host.startsWith('192.168.1.');
    findings = new DialFindings({ platform, isOnLink, onChanged: (blocked) => told.push(blocked) });
  }
  beforeEach(() => open('linux'));

  const far = (userId: string, fault: string | undefined, isOpen = true, host = '198.51.100.1') =>
    findings.report({ userId, host, isOpen, fault }, nowMs);
  const near = (host: string, fault: string | undefined) =>
    findings.report({ userId: 'sam', host, isOpen: false, fault }, nowMs);
  const silentAll = () => {
    for (const user of ['ann', 'bob', 'cem']) far(user, SILENCE);
  };

  it('is that none leaves the network, if several devices are silent that the tracker reached', () => {
    for (let time = 0; time < 5; time++) for (const user of ['ann', 'bob']) far(user, SILENCE);
    assert.deepEqual(told, [], 'two may have gone');
    far('cem', SILENCE);
    far('dan', SILENCE);
    assert.deepEqual(told, [{ outgoing: true, ownNetwork: false }]);
    far('ann', undefined);
    assert.deepEqual(told.slice(1), [{ outgoing: false, ownNetwork: false }]);
  });

  it('is nothing if others are silent, in IPv6, or if anything comes back', () => {
    for (const user of ['ann', 'bob', 'cem', 'dan']) {
      far(user, SILENCE, false);
      far(user, SILENCE, true, '2001:db8::1');
      near('192.168.1.7', SILENCE);
    }
    for (const user of ['ann', 'bob', 'cem', 'dan']) {
      far(user, SILENCE);
      far('eve', REFUSED, false);
    }
    assert.deepEqual(told, []);
  });

  it('is forgotten after a while, and in another network', () => {
    silentAll();
    nowMs = 600_000;
    findings.review(nowMs);
    silentAll();
    findings.networkChanged(nowMs);
    assert.deepEqual(
      told.map(({ outgoing }) => outgoing),
      [true, false, true, false],
    );
    for (let user = 0; user < 1000; user++) far(`user ${user}`, SILENCE);
    far('ann', undefined);
    assert.equal(told.length, 6);
  });

  it('is that macOS does not let this program into the local network', () => {
    open('darwin');
    near('192.168.1.7', 'connect EHOSTDOWN 192.168.1.7:9000');
    near('10.9.9.9', UNREACHABLE); // elsewhere
    far('ann', UNREACHABLE);
    assert.deepEqual(told, []);
    near('192.168.1.7', UNREACHABLE);
    near('192.168.1.8', SILENCE);
    assert.deepEqual(told, [{ outgoing: false, ownNetwork: true }]);
    near('192.168.1.8', REFUSED);
    near('192.168.1.7', UNREACHABLE);
    near('192.168.1.7', undefined);
    near('192.168.1.7', UNREACHABLE);
    findings.networkChanged(nowMs);
    assert.deepEqual(
      told.map(({ ownNetwork }) => ownNetwork),
      [true, false, true, false, true, false],
    );
    open('linux');
    near('192.168.1.7', UNREACHABLE);
    assert.deepEqual(told, [], 'elsewhere it means that the computer is off');
  });

  it('is about the networks of this computer', () => {
    const interfaces = { en0: [{ ...info('192.168.1.10'), cidr: '192.168.1.10/24' }], lo0: undefined };
    assert.ok(isOnLink('192.168.1.7', interfaces));
    assert.ok(!isOnLink('192.168.2.7', interfaces));
    assert.ok(!isOnLink('192.168.1.7', {}));
  });
});
