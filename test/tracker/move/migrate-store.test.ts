import assert from 'node:assert/strict';
import { chownSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { openDataFolder } from '../../../tracker/data/data-folder.js';
import { openSharedStore } from '../../../tracker/data/shared-store.js';
import { openPostgresStore } from '../../../tracker/store/postgres/postgres-store.js';
import { DEFAULT_QUOTAS } from '../../../tracker/store/quotas.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { hasCode } from '../../support/has-code.js';
import { emptyPlace } from '../store/postgres/postgres-place.js';
import { versionSteps } from '../store/version-model.js';
import { MISCOUNTED } from '../store/version-steps.js';
import { live, MoveBench, type Tables } from './move-bench.js';

const SILENT = { away: () => {}, back: () => {} };

function withoutKeys(tables: Tables): Tables {
  return new Map([...tables].filter(([name]) => name !== 'tracker_keys'));
}

describe('the move of a data folder into PostgreSQL', function () {
  this.timeout(60_000);
  let bench: MoveBench;

  beforeEach(async () => {
    bench = await MoveBench.open();
  });
  afterEach(() => bench.close());

  /** Refuses with a code and a text, and has changed neither the folder nor the database. */
  async function assertRefused(code: string, text: RegExp, options?: Parameters<MoveBench['move']>[0]): Promise<void> {
    const before = await bench.everything();
    const refused = (error: unknown) =>
      hasCode(code)(error) && error instanceof Error && text.test(error.message) && !error.message.includes('\n');
    await assert.rejects(bench.move(options), refused);
    assert.deepEqual(await bench.everything(), before);
  }

  it('has every row and every counter, whatever was done before, and wherever it was cut off', async () => {
    const proxy = await FaultProxy.open();
    proxy.leadTo(Number(new URL(bench.place.url).port));
    const cuts = fc.array(fc.integer({ min: 1500, max: 6000 }), { maxLength: 2 });
    try {
      await fc.assert(
        fc.asyncProperty(versionSteps, cuts, async (steps, cutAfter) => {
          const one = await MoveBench.open();
          try {
            await one.fill((store) => live(store, steps));
            const before = await one.sqliteTables();
            const url = new URL(one.place.url);
            url.port = String(proxy.endpoint.port);
            for (const cutAfterBytes of cutAfter) {
              proxy.faults = { ...proxy.faults, cutAfterBytes };
              await one.move({ store: url.href }).catch((error: unknown) => {
                assert.ok(hasCode('UNAVAILABLE')(error) || hasCode('TIMEOUT')(error), String(error));
              });
            }
            await one.move();
            assert.deepEqual(withoutKeys(await one.postgresTables()), before);
            assert.deepEqual(await one.sqliteTables(), before);
            assert.deepEqual(await one.place.query(MISCOUNTED), []);
          } finally {
            await one.close();
          }
        }),
        { numRuns: 5 },
      );
    } finally {
      await proxy.close();
    }
  });

  it('keeps the keys and the sessions, and leaves the folder to no tracker; a second call does nothing', async () => {
    const folder = await openDataFolder(bench.folder, DEFAULT_QUOTAS);
    await live(folder.store, []);
    await folder.close();
    const moved = await bench.move();
    assert.equal(moved.fingerprint, folder.identity.id);
    assert.ok(moved.copied > 0 && moved.copied === moved.compared);
    await assert.rejects(openDataFolder(bench.folder, DEFAULT_QUOTAS), hasCode('DATA_DIR_MOVED'));

    const shared = await openSharedStore(bench.place.url, DEFAULT_QUOTAS, SILENT);
    assert.deepEqual(shared.identity, folder.identity);
    assert.deepEqual(shared.tickets.publicKeys(1), folder.tickets.publicKeys(1));
    assert.equal((await shared.store.findSession('token 1', 5))?.userId, 'u1');
    await shared.store.createUser({ userId: 'later', passwordHash: '', nowMs: 1 });
    await shared.close();

    const before = await bench.everything();
    assert.deepEqual(await bench.move(), { ...moved, copied: 0, compared: undefined });
    assert.deepEqual(await bench.everything(), before);

    rmSync(join(bench.folder, 'moved.json'));
    await assertRefused('DATA_DIR_INVALID', /has this tracker from an earlier move/);
    await (await openDataFolder(bench.folder, DEFAULT_QUOTAS)).close();
  });

  it('lets no tracker start with a part of it, and goes on where it was interrupted', async () => {
    await bench.fill((store) => live(store, []));
    const interrupted = new AbortController();
    const tell = () => interrupted.abort(new Error('interrupted'));
    await assert.rejects(bench.move({ tell, signal: interrupted.signal }), /interrupted/);
    await assert.rejects(openDataFolder(bench.folder, DEFAULT_QUOTAS), hasCode('DATA_DIR_MOVED'));
    await assert.rejects(openSharedStore(bench.place.url, DEFAULT_QUOTAS, SILENT), hasCode('DATA_DIR_MOVED'));
    const { copied, compared = 0 } = await bench.move();
    assert.ok(copied > 0 && copied < compared);
  });

  it('leaves a part behind that it began elsewhere, and never takes it for the whole', async () => {
    await bench.fill((store) => live(store, []));
    const interrupted = new AbortController();
    const tell = () => interrupted.abort(new Error('interrupted'));
    await assert.rejects(bench.move({ tell, signal: interrupted.signal }), /interrupted/);
    const elsewhere = await emptyPlace();
    try {
      await bench.move({ store: elsewhere.url });
      await assertRefused('DATA_DIR_MOVED', /was moved into postgres/);
    } finally {
      await elsewhere.remove();
    }
  });

  it('leaves every file to the owner of the folder, also if root runs it', async () => {
    if (process.getuid?.() === 0)
      for (const name of ['', ...readdirSync(bench.folder)]) chownSync(join(bench.folder, name), 65_534, 65_534);
    await bench.move();
    const { uid } = statSync(bench.folder);
    for (const name of readdirSync(bench.folder)) assert.equal(statSync(join(bench.folder, name)).uid, uid, name);
  });

  it('is refused, with nothing changed, into a database of another tracker, or one with rows', async () => {
    await bench.fill((store) => live(store, []));
    const store = await openPostgresStore(bench.place.url);
    await store.createUser({ userId: 'ann', passwordHash: '', nowMs: 1 });
    await store.close();
    await assertRefused('DATA_DIR_INVALID', /has rows in users already/);
    const other = await openSharedStore(bench.place.url, DEFAULT_QUOTAS, SILENT);
    await other.close();
    await assertRefused('DATA_DIR_INVALID', new RegExp(`another tracker, with the fingerprint ${other.identity.id}`));
  });

  it('is refused while the tracker runs, and where there is none', async () => {
    const { close } = await openDataFolder(bench.folder, DEFAULT_QUOTAS);
    await assert.rejects(
      bench.move(),
      (error) => hasCode('DATA_DIR_IN_USE')(error) && /Stop the tracker/.test(String(error)),
    );
    await close();
    await assertRefused('DATA_DIR_INVALID', /has no tracker/, { dataDir: join(bench.folder, 'nowhere') });
  });

  it('is refused for a row that PostgreSQL cannot hold, and names it', async () => {
    await bench.fill((store) => live(store, []));
    const inSqlite = (statement: string) =>
      bench.inSqlite((database) => database.exec(`PRAGMA foreign_keys = OFF; ${statement}`));
    for (const [spoil, mend, text] of [
      [
        "UPDATE users SET user_id = 'u' || char(0) WHERE user_key = 'u0'",
        "UPDATE users SET user_id = 'u0' WHERE user_key = 'u0'",
        /users \(user_key "u0"\): its user_id has the character NUL/,
      ],
      [
        'UPDATE sessions SET expires_at_ms = 1.5',
        'UPDATE sessions SET expires_at_ms = 1',
        /its expires_at_ms is no int/,
      ],
      ['UPDATE groups SET keep_days = -1', 'UPDATE groups SET keep_days = 1', /groups \(group_key "lab"\): it keeps/],
      [
        "UPDATE memberships SET user_key = 'x' WHERE user_key = 'u1'",
        "UPDATE memberships SET user_key = 'u1' WHERE user_key = 'x'",
        /a row of memberships names one of users that does not exist/,
      ],
    ] as const) {
      await inSqlite(spoil);
      await assertRefused('DATA_DIR_INVALID', text);
      await inSqlite(mend);
    }
    await bench.move();
  });

  it('sets members apart who joined at the same millisecond, in their order', async () => {
    await bench.fill((store) => live(store, []));
    await bench.inSqlite((database) => database.exec("UPDATE memberships SET since_ms = 7 WHERE group_key = 'lab'"));
    await bench.move();
    assert.deepEqual(
      await bench.place.query(
        "SELECT user_key, since_ms::int FROM memberships WHERE group_key = 'lab' ORDER BY since_ms",
      ),
      ['u0', 'u1', 'u2'].map((user_key, index) => ({ user_key, since_ms: 7 + index })),
    );
  });

  it('brings the tables of an older tracker up to date first, and says so', async () => {
    await bench.fill((store) => live(store, []));
    await bench.inSqlite((database) => database.exec('UPDATE users SET look = NULL'));
    await bench.move();
    assert.match(bench.told.join('\n'), /is of an older tracker: its tables are brought up to date first/);
    assert.deepEqual(await bench.place.query('SELECT 1 FROM users WHERE look IS NULL'), []);
  });

  it('counts anew what an older tracker miscounted', async () => {
    await bench.fill((store) => live(store, []));
    await bench.inSqlite((database) => database.exec('UPDATE groups SET members = 9; UPDATE users SET bytes = 1'));
    await bench.move();
    assert.deepEqual(await bench.place.query(MISCOUNTED), []);
  });
});
