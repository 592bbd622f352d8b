import assert from 'node:assert/strict';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { openPostgresStore, type PostgresStore } from '../../../../tracker/store/postgres/postgres-store.js';
import { freePort } from '../../../support/free-ports.js';
import { hasCode } from '../../../support/has-code.js';
import { PostgresPair } from '../../../support/postgres/postgres-pair.js';
import { PASSWORD, ROLE } from '../../../support/postgres/postgres-server.js';
import { until } from '../../../support/until.js';

const WRITERS = 4;
const user = (userId: string) => ({ userId, passwordHash: '', nowMs: 1 });

describe('a PostgreSQL with a standby', () => {
  let pair: PostgresPair;
  let store: PostgresStore;
  /** The first primary, and the server that is promoted. */
  let ports: [number, number];
  const open = (...ports: number[]) => {
    const servers = ports.map((port) => `127.0.0.1:${port}`).join(',');
    return openPostgresStore(`postgres://${ROLE}:${encodeURIComponent(PASSWORD)}@${servers}/shoal`);
  };

  before(async () => {
    pair = await PostgresPair.start();
    ports = [pair.primary.port, pair.standby.port];
    await pair.primary.run('postgres', 'CREATE DATABASE shoal');
    store = await openPostgresStore(pair.url('shoal'));
  });
  after(async () => {
    await store?.close();
    await pair?.stop();
  });

  it('is used at its primary, wherever the address names it, and is refused without one', async () => {
    const [primary, standby] = ports;
    const other = await open(standby, primary);
    await other.check();
    await other.createUser(user('zoe'));
    await other.close();
    const nobody = await freePort();
    await assert.rejects(open(nobody, standby), (error) => {
      assert.ok(hasCode('UNAVAILABLE')(error) && error instanceof Error);
      assert.match(error.message, /none of its servers is the primary .*ECONNREFUSED.*it is a standby.*promote/);
      return !error.message.includes(PASSWORD);
    });
    const wrong = openPostgresStore(`postgres://nobody:x@127.0.0.1:${primary},127.0.0.1:${standby}/shoal`);
    await assert.rejects(wrong, hasCode('PERMISSION_DENIED'));
  });

  it('loses nothing that was acknowledged and makes nothing that was refused when the standby is promoted', async () => {
    const said = { ok: [] as string[], UNAVAILABLE: [] as string[], TIMEOUT: [] as string[], other: [] as string[] };
    let isOver = false;
    const write = async (writer: number) => {
      for (let index = 0; !isOver; index++) {
        const userId = `${writer} ${index}`;
        const outcome = await store.createUser(user(userId)).then(
          () => 'ok' as const,
          (error: unknown) => {
            const code = error instanceof ShoalError ? error.code : undefined;
            return code === 'UNAVAILABLE' || code === 'TIMEOUT' ? code : ('other' as const);
          },
        );
        said[outcome].push(userId);
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, (_none, writer) => write(writer)));
    await until(() => said.ok.length > 20);
    await pair.primary.kill();
    await assert.rejects(store.check(), hasCode('UNAVAILABLE'));
    await pair.promote();
    const before = said.ok.length;
    await until(() => said.ok.length > before + 5);
    isOver = true;
    await writing;
    for (const userId of said.ok) assert.ok(await store.findUser(userId), userId);
    for (const userId of said.UNAVAILABLE) assert.equal(await store.findUser(userId), undefined, userId);
    assert.deepEqual(said.other, []);
  });

  it('is not used at an old primary that runs again', async () => {
    const [old, promoted] = ports;
    await pair.standby.resume();
    const other = await open(old, promoted);
    await other.createUser(user('late'));
    assert.ok(await store.findUser('late'));
    await pair.primary.kill();
    for (const one of [store, other])
      await until(() =>
        one.findUser('late').then(
          () => assert.fail('it was found'),
          (error: unknown) => {
            assert.ok(error instanceof ShoalError && error.code === 'UNAVAILABLE');
            return /before a promotion/.test(String(error.cause));
          },
        ),
      );
    await other.close();
  });
});
