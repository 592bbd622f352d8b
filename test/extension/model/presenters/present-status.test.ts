import assert from 'node:assert/strict';
import { presentAway, presentStatus } from '../../../../extension/model/presenters/present-status.js';
import { status } from '../records.js';

const STILL = { down: 0, up: 1023 };
const SITUATIONS = ['noTracker', 'connecting', 'offline', 'signedOut', 'signedIn'] as const;

describe('the status bar item', () => {
  it('has an icon, some text and a tooltip in every situation', () => {
    for (const situation of SITUATIONS) {
      for (const tracker of [null, 'wss://host:7000#ab'.padEnd(80, '0')]) {
        const { text, tooltip } = presentStatus(situation, status({ tracker, userId: 'ann' }), STILL);
        assert.match(text, /^\$\([a-z~-]+\) \w+$/);
        assert.match(tooltip, /^Shoal: /);
        assert.doesNotMatch(tooltip, /wss:|#|undefined|null/);
        assert.equal(tooltip.includes('host:7000'), tracker !== null && situation !== 'noTracker');
      }
    }
  });

  it('shows the user and the tracker', () => {
    const { text, tooltip } = presentStatus('signedIn', status({ userId: 'ann' }), STILL);
    assert.equal(text, '$(arrow-swap) ann');
    assert.equal(tooltip, 'Shoal: ann at host:7000');
  });

  it('says what others need to connect, unless the tracker is away', () => {
    const address = '10.0.0.7:24816';
    const reach = { situation: 'lan', sentence: '', address, openedBy: null, noMapping: 'unused', isRelayed: true };
    const tooltipOf = (link: 'online' | 'away') =>
      presentStatus('signedIn', status({ userId: 'ann', link, reach }), STILL).tooltip;
    assert.match(tooltipOf('online'), /\nOthers in this network reach this computer directly \(10\.0\.0\.7:24816\)/);
    assert.doesNotMatch(tooltipOf('away'), /10\.0\.0\.7/);
  });

  it('shows the speed in each direction instead of the user', () => {
    const textAt = (down: number, up: number) =>
      presentStatus('signedIn', status({ userId: 'ann' }), { down, up }).text;
    assert.equal(textAt(2048, 0), '$(arrow-swap) $(arrow-down) 2 KiB/s');
    assert.equal(textAt(0, 1024), '$(arrow-swap) $(arrow-up) 1 KiB/s');
    assert.equal(textAt(2048, 1024), '$(arrow-swap) $(arrow-down) 2 KiB/s $(arrow-up) 1 KiB/s');
  });

  it('reports another tracker at the address', () => {
    const problem = { code: 'TRACKER_CHANGED', message: 'Ask whoever runs it.' };
    const { tooltip } = presentStatus('signedIn', status({ userId: 'ann', link: 'refused', problem }), STILL);
    assert.match(tooltip, /\nAnother tracker answers at this address; transfers continue\.$/);
  });

  it('reports an unreachable tracker, and that transfers continue', () => {
    for (const link of ['away', 'refused'] as const) {
      const { text, tooltip } = presentStatus('signedIn', status({ userId: 'ann', link }), { down: 2048, up: 0 });
      assert.equal(text, '$(debug-disconnect) $(arrow-down) 2 KiB/s');
      assert.match(tooltip, /\nThe tracker is unreachable; transfers continue\.$/);
    }
  });

  it('shows since when the tracker does not answer, also while reconnecting', () => {
    const awaySinceMs = new Date().setHours(0, 0, 0, 0);
    for (const link of ['away', 'refused', 'connecting'] as const) {
      const since = /The tracker host:7000 has not answered since 12:00\sAM\./;
      const away = status({ link, awaySinceMs });
      assert.match(presentStatus('offline', away, STILL).tooltip, since);
      assert.match(presentStatus('signedIn', { ...away, userId: 'ann' }, STILL).tooltip, since);
      const { description, message } = presentAway({ ...away, userId: 'ann' });
      assert.match(description, /^tracker unreachable since 12:00\sAM$/);
      assert.match(message, since);
      assert.match(message, /transfers continue/);
      assert.deepEqual(presentAway(away), { description, message: '' }, 'the welcome is seen');
    }
    const nothing = { description: '', message: '' };
    assert.deepEqual(presentAway(status({ awaySinceMs: null, link: 'away' })), nothing);
    assert.deepEqual(presentAway(status({ awaySinceMs })), nothing, 'it answers by now');
  });
});
