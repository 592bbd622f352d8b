import assert from 'node:assert/strict';
import { ANNOUNCED_MS, REPLACED_MS } from '../../../tracker/accounts/ticket-keys.js';
import type { DataFolder } from '../../../tracker/data/data-folder.js';
import { rotateTicketKey } from '../../../tracker/data/rotate-ticket-key.js';
import { openSharedStore } from '../../../tracker/data/shared-store.js';
import { readRotating } from '../../../tracker/program/rotate-keys.js';
import { DEFAULT_LIMITS } from '../../../tracker/server/budgets/limits.js';
import { hasCode } from '../../support/has-code.js';
import { freshDatabase } from '../../support/postgres/shared-server.js';

const BEGAN_MS = 1_000_000;

describe('the rotation of the key of tickets', () => {
  const open = (url: string) => openSharedStore(url, DEFAULT_LIMITS, { away: () => {}, back: () => {} });
  const keysOf = ({ tickets }: DataFolder, nowMs: number) => tickets.publicKeys(nowMs).map(({ kid }) => kid);

  it('is announced to running nodes and those that start, and begins again when it has ended', async () => {
    const { url } = await freshDatabase();
    await assert.rejects(rotateTicketKey(url, BEGAN_MS), hasCode('DATA_DIR_INVALID'));
    const node = await open(url);
    const other = await open(url);
    try {
      const [first] = keysOf(node, BEGAN_MS);
      const { signsAtMs, endsAtMs } = await rotateTicketKey(url, BEGAN_MS);
      assert.deepEqual([signsAtMs, endsAtMs], [BEGAN_MS + ANNOUNCED_MS, BEGAN_MS + REPLACED_MS]);
      assert.deepEqual(keysOf(node, BEGAN_MS), [first], 'it has not looked');
      await assert.rejects(rotateTicketKey(url, endsAtMs - 1), hasCode('RATE_LIMITED'));
      await node.readTicketKeys?.();
      const [, second] = keysOf(node, BEGAN_MS);
      assert.deepEqual(
        [keysOf(node, BEGAN_MS), keysOf(node, signsAtMs)],
        [
          [first, second],
          [second, first],
        ],
      );

      const both = await Promise.allSettled([rotateTicketKey(url, endsAtMs), rotateTicketKey(url, endsAtMs)]);
      assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], 'one at a time');
      const late = await open(url);
      await Promise.all([node, other].map(async (one) => one.readTicketKeys?.()));
      const [, third] = keysOf(late, endsAtMs);
      assert.ok(third !== undefined && third !== second);
      for (const one of [node, other, late]) assert.deepEqual(keysOf(one, endsAtMs), [second, third]);
      await late.close();
    } finally {
      await Promise.all([node.close(), other.close()]);
    }
  });

  it('is asked for with the address of a database', () => {
    const store = 'postgres://me:secret@127.0.0.1/shoal';
    assert.deepEqual(readRotating(['--store', store], {}), { kind: 'rotate', store });
    assert.deepEqual(readRotating([], { SHOAL_TRACKER_STORE: store }), { kind: 'rotate', store });
    assert.equal(readRotating(['--help'], {}).kind, 'print');
    for (const args of [[], ['--store', 'mysql://host/x'], ['--data', '/x'], ['more']])
      assert.throws(() => readRotating(args, {}), hasCode('USAGE'));
  });
});
