import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgres } from '../../../../tracker/store/postgres/open-postgres.js';
import { openPostgresStore } from '../../../../tracker/store/postgres/postgres-store.js';
import { parsePostgresUrl } from '../../../../tracker/store/postgres/postgres-url.js';
import { MIGRATIONS, type Migration } from '../../../../tracker/store/sql/schema/migrations.js';
import { hasCode } from '../../../support/has-code.js';
import { PASSWORD, PostgresServer } from '../../../support/postgres/postgres-server.js';
import { freshDatabase, sharedPostgres } from '../../../support/postgres/shared-server.js';
import { run } from '../../../support/run.js';
import { ensurePrograms } from '../../../support/system-programs.js';

/** A refusal with a code, in one line that says this and has no password. */
const refused = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(hasCode(code)(error), String(error));
  assert.ok(error instanceof Error);
  assert.match(error.message, text);
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), '\n', 'wrong'])
    assert.ok(!error.message.includes(secret));
  return true;
};

describe('a PostgreSQL that is opened', () => {
  let server: PostgresServer;
  before(async () => {
    server = await sharedPostgres();
  });

  const open = async (url: string) => {
    const store = await openPostgresStore(url);
    await store.close();
  };

  it('is refused if no server answers, or one of another kind', async () => {
    const answer: RequestListener = (_request, response) => response.end('hello');
    const other = createServer(answer).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');
    const url = `postgres://me:wrong@127.0.0.1:${address.port}/shoal`;
    await assert.rejects(open(url), refused('UNAVAILABLE', /does not speak the protocol of PostgreSQL/));
    other.close();
    await once(other, 'close');
    await assert.rejects(open(url), refused('UNAVAILABLE', /no server answers there/));
  });

  it('is refused with a wrong user, password or database', async () => {
    for (const who of [{ password: 'wrong' }, { user: 'nobody' }])
      await assert.rejects(open(server.url('postgres', who)), refused('PERMISSION_DENIED', /the server refuses/));
    await assert.rejects(open(server.url('nosuch')), refused('DATA_DIR_INVALID', /there is no database nosuch/));
  });

  it('is refused if it belongs to another program, or has another encoding', async () => {
    const { database, url } = await freshDatabase();
    await server.run(database, 'CREATE TABLE invoices (id INT)');
    await assert.rejects(open(url), refused('DATA_DIR_INVALID', /tables of another program \(invoices\)/));
    await server.run(database, 'DROP TABLE invoices; CREATE TABLE tracker_schema (id INT)');
    await assert.rejects(open(url), refused('DATA_DIR_INVALID', /not those of a tracker/));
    await server.run('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    await assert.rejects(open(server.url('latin')), refused('DATA_DIR_INVALID', /encoding LATIN1/));
  });

  it('is refused if the role may make no tables there, and if the server is too old', async () => {
    const { url } = await freshDatabase();
    await server.run('postgres', "CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const { database } = parsePostgresUrl(url);
    const asGuest = server.url(database, { user: 'guest', password: 'guest' });
    await assert.rejects(open(asGuest), refused('PERMISSION_DENIED', /guest may not create tables/));
    const old = openPostgres(parsePostgresUrl(url), { oldest: 99 });
    await assert.rejects(old, refused('DATA_DIR_INVALID', /needs 99 or later/));
  });

  it('is made by one of several trackers that start together', async () => {
    const { url, database } = await freshDatabase();
    await Promise.all(Array.from({ length: 4 }, () => open(url)));
    assert.deepEqual(await server.run(database, 'SELECT version::int, min_reader::int FROM tracker_schema'), [
      { version: MIGRATIONS.length, min_reader: MIGRATIONS.at(-1)?.minReader },
    ]);
  });

  it('is served by trackers of two versions after a step that adds, and by the newer ones after one that takes away', async () => {
    const { url } = await freshDatabase();
    const known = MIGRATIONS.length;
    const expand: Migration = { statements: () => 'ALTER TABLE users ADD COLUMN colour TEXT', minReader: known };
    const contract: Migration = { statements: () => 'ALTER TABLE users DROP COLUMN look', minReader: known + 1 };
    const place = parsePostgresUrl(url);
    const older = await openPostgresStore(url);
    const users = Array.from({ length: 20 }, (_none, index) => `user ${index}`);
    await Promise.all([
      openPostgres(place, { steps: [...MIGRATIONS, expand] }),
      ...users.map((userId) => older.createUser({ userId, passwordHash: '', nowMs: 1 })),
    ]);
    await older.check();
    await older.createUser({ userId: 'ann', passwordHash: '', nowMs: 1 });
    await open(url);
    await openPostgres(place, { steps: [...MIGRATIONS, expand, contract] });
    await openPostgres(place, { steps: [...MIGRATIONS, expand] });
    await assert.rejects(open(url), refused('DATA_DIR_NEWER', /newer trackers/));
    await assert.rejects(older.check(), hasCode('DATA_DIR_NEWER'));
    await older.close();
  });

  it('leaves nothing of a step that fails', async () => {
    const { url, database } = await freshDatabase();
    const broken: Migration = { statements: () => 'CREATE TABLE half (x INT); SELECT 1 / 0', minReader: 1 };
    await assert.rejects(openPostgres(parsePostgresUrl(url), { steps: [...MIGRATIONS, broken] }), /division by zero/);
    assert.deepEqual(await server.run(database, "SELECT to_regclass('users') AS users"), [{ users: null }]);
    await open(url);
  });

  it('answers no number that JavaScript cannot hold', async () => {
    const { url, database } = await freshDatabase();
    const store = await openPostgresStore(url);
    await store.createUser({ userId: 'ann', passwordHash: '', nowMs: 1 });
    await store.createGroup('lab', 'ann', 1);
    assert.equal((await store.requireMember('lab', 'ann')).epoch, 1000);
    await server.run(database, 'UPDATE groups SET epoch = 9007199254740993');
    await assert.rejects(store.requireMember('lab', 'ann'), RangeError);
    await store.close();
  });

  describe('over TLS', () => {
    let folder = '';
    let secure: PostgresServer;
    before(async () => {
      await ensurePrograms('The tests of TLS', [{ names: ['openssl'], debian: 'openssl' }]);
      folder = mkdtempSync(join(tmpdir(), 'shoal-tls-'));
      const made = ['-keyout', join(folder, 'key'), '-out', join(folder, 'ca.crt')];
      const names = ['-subj', '/CN=db', '-addext', 'subjectAltName=IP:127.0.0.1'];
      await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...made, ...names]);
      const text = (name: string) => readFileSync(join(folder, name), 'utf8');
      secure = await PostgresServer.start({ tls: { certificate: text('ca.crt'), key: text('key') } });
    });
    after(async () => {
      await secure.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is used if its certificate is trusted and names the host, and refused otherwise', async () => {
      const url = secure.url('postgres');
      const trusted = `sslrootcert=${encodeURIComponent(join(folder, 'ca.crt'))}`;
      await open(`${url}?sslmode=verify-full&${trusted}`);
      await open(`${url}?sslmode=require`);
      const distrusted = refused('UNAVAILABLE', /no trusted TLS/);
      await assert.rejects(open(`${url}?sslmode=verify-full`), distrusted);
      const byName = url.replace('127.0.0.1', 'localhost');
      await assert.rejects(open(`${byName}?sslmode=verify-full&${trusted}`), distrusted);
      await open(`${byName}?sslmode=verify-ca&${trusted}`);
      await assert.rejects(open(`${server.url('postgres')}?sslmode=require`), distrusted);
    });
  });
});
