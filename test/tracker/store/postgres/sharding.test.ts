import assert from 'node:assert/strict';
import pg from 'pg';
import { openPostgresStore } from '../../../../tracker/store/postgres/postgres-store.js';
import { freshDatabase } from '../../../support/postgres/shared-server.js';

/** Tables that a sharded PostgreSQL would distribute by their group, and keep together. */
const BY_GROUP = [
  ...['groups', 'memberships', 'requests', 'files', 'versions', 'shares', 'removed_files', 'empty_folders'],
];
/** Tables of which every server would have a copy. */
const COPIED = ['users', 'sessions', 'devices', 'manifests', 'unused_manifests', 'tracker_keys', 'tracker_schema'];

interface ForeignKey {
  readonly from: string;
  readonly to: string;
  readonly columns: string[];
  readonly referenced: string[];
}

describe('the tables of a store on PostgreSQL', () => {
  let client: pg.Client;

  before(async () => {
    const { url } = await freshDatabase();
    await (await openPostgresStore(url)).close();
    client = new pg.Client(url);
    await client.connect();
  });
  after(() => client?.end());

  it('are those that can be distributed by group, and those that can be copied', async () => {
    const { rows } = await client.query<{ relname: string }>(
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace",
    );
    assert.deepEqual(rows.map(({ relname }) => relname).sort(), [...BY_GROUP, ...COPIED].sort());
  });

  it('have the group first in every unique index of what belongs to a group', async () => {
    const { rows } = await client.query<{ table: string; index: string; first: string }>(
      `SELECT tables.relname AS table, indexes.relname AS index, attname AS first
       FROM pg_index JOIN pg_class AS tables ON tables.oid = indrelid JOIN pg_class AS indexes ON indexes.oid = indexrelid
         JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
       WHERE indisunique AND tables.relname = ANY($1)`,
      [BY_GROUP],
    );
    assert.deepEqual([...new Set(rows.map(({ table }) => table))].sort(), [...BY_GROUP].sort());
    for (const { table, index, first } of rows) assert.equal(first, 'group_key', `${index} of ${table}`);
  });

  it('refer to rows of the same group, or to tables that can be copied, and never from those to a group', async () => {
    const { rows } = await client.query<ForeignKey>(
      `SELECT conrelid::regclass::text AS from, confrelid::regclass::text AS to,
         (SELECT array_agg(attname::text) FROM unnest(conkey) JOIN pg_attribute ON attrelid = conrelid AND attnum = unnest) AS columns,
         (SELECT array_agg(attname::text) FROM unnest(confkey) JOIN pg_attribute ON attrelid = confrelid AND attnum = unnest) AS referenced
       FROM pg_constraint WHERE contype = 'f'`,
    );
    assert.ok(rows.length >= 8);
    for (const { from, to, columns, referenced } of rows) {
      if (!BY_GROUP.includes(to)) continue;
      assert.ok(BY_GROUP.includes(from), `${from} refers to ${to}`);
      assert.equal(columns[0], 'group_key', from);
      assert.equal(referenced[0], 'group_key', to);
    }
  });
});
