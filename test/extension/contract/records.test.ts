import assert from 'node:assert/strict';
import type { Reach } from '@shoal/sdk';
import fc from 'fast-check';
import { compareShares, reachRecord, shareKey } from '../../../extension/contract/records.js';
import { DOWNLOAD, SETUP, STATUS } from '../../../extension/contract/records-schema.js';
import { Mirror } from '../../../extension/remote/mirror.js';
import { download, share, source, status } from '../model/records.js';

describe('what a window shows of the reach of the computer', () => {
  const openAt = { host: '203.0.113.7', port: 24_816, kind: 'mapped', verdict: 'open' } as const;
  const reach: Reach = {
    ...{ listenAddress: { host: '::', port: 24_816 }, addresses: [openAt], openAt, mapping: undefined },
    noMapping: { reason: 'doubleNat', why: 'Another router is in between.' },
    ...{ connect: 'auto', isRelayed: true, situation: 'open', sentence: 'Others reach it.' },
  };

  it('names the open address, and the router only if that opened it', () => {
    const common = { situation: 'open', sentence: 'Others reach it.', isRelayed: true };
    const address = '203.0.113.7:24816';
    const noMapping = 'doubleNat';
    assert.deepEqual(reachRecord(reach), { ...common, address, openedBy: null, noMapping });
    const mapped = (port: number) =>
      reachRecord({ ...reach, mapping: { host: '203.0.113.7', port, by: 'PCP' }, noMapping: undefined });
    assert.deepEqual([mapped(24_816).openedBy, mapped(24_816).noMapping], ['PCP', null]);
    assert.equal(mapped(24_817).openedBy, null);
    assert.deepEqual(reachRecord({ ...reach, openAt: undefined }), {
      ...common,
      address: null,
      openedBy: null,
      noMapping,
    });
  });

  it('is nothing at an agent of an older version, which tells no ways to sources either', () => {
    const older = { ...status(), reach: undefined };
    assert.equal(STATUS.parse(JSON.parse(JSON.stringify(older))).reach, null);
    const { path: _, ...told } = source('bob', 'ready');
    assert.equal(DOWNLOAD.parse(download({ sources: [told as never] })).sources[0]?.path, 'none');
    const setup = SETUP.parse({ tracker: null, listen: '', advertise: null, keepSharing: false });
    assert.deepEqual([setup.connect, setup.portMapping], ['auto', true]);
  });
});

describe('the events about shares', () => {
  const shares = fc
    .uniqueArray(
      fc.record({
        groupId: fc.constantFrom('a', 'b'),
        fileName: fc.constantFrom('x', 'y', 'z'),
        content: fc.constantFrom('1', '2'),
      }),
      {
        selector: shareKey,
      },
    )
    .map((all) =>
      all.map(({ groupId, fileName, content }) => share({ groupId, fileName, manifestId: content.repeat(64) })),
    );

  it('give a window the state of the agent, and contain only changes', () => {
    fc.assert(
      fc.property(fc.array(shares, { maxLength: 6 }), (states) => {
        const mirror = new Mirror();
        for (const now of states) {
          const before = new Map(mirror.shares);
          const { changed, removed } = compareShares(before, now);
          mirror.changeShares(changed, removed);
          assert.deepEqual(new Map(mirror.shares), new Map(now.map((one) => [shareKey(one), one])));
          for (const one of changed) assert.notDeepEqual(before.get(shareKey(one)), one);
          for (const one of removed) assert.ok(before.has(shareKey(one)));
        }
      }),
    );
  });
});
