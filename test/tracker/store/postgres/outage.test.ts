import assert from 'node:assert/strict';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { openPostgresStore } from '../../../../tracker/store/postgres/postgres-store.js';
import type { Store } from '../../../../tracker/store/store.js';
import { hasCode } from '../../../support/has-code.js';
import { PostgresServer } from '../../../support/postgres/postgres-server.js';
import { until } from '../../../support/until.js';

const WRITERS = 4;

describe('a PostgreSQL that is lost', () => {
  let server: PostgresServer;
  let store: Store;
  let health: string[] = [];

  before(async () => {
    server = await PostgresServer.start();
    await server.run('postgres', 'CREATE DATABASE shoal');
  });
  after(() => server.stop());
  beforeEach(async () => {
    health = [];
    store = await openPostgresStore(server.url('shoal'), {
      health: { away: () => health.push('away'), back: () => health.push('back') },
    });
  });
  afterEach(() => store.close());

  for (const how of ['kill', 'halt'] as const)
    it(`and comes back loses nothing that was acknowledged, and is used again (${how})`, async () => {
      const acknowledged: string[] = [];
      const refusals = new Set<string>();
      let isOver = false;
      const write = async (writer: number) => {
        for (let index = 0; !isOver; index++) {
          const userId = `${how} ${writer} ${index}`;
          try {
            await store.createUser({ userId, passwordHash: '', nowMs: 1 });
            acknowledged.push(userId);
          } catch (error) {
            refusals.add(error instanceof ShoalError ? error.code : String(error));
          }
        }
      };
      const writing = Promise.all(Array.from({ length: WRITERS }, (_none, writer) => write(writer)));
      await until(() => acknowledged.length > 20);
      await server[how]();
      await assert.rejects(store.check(), hasCode('UNAVAILABLE'));
      await assert.rejects(store.findUser('nobody'), hasCode('UNAVAILABLE'));
      const before = acknowledged.length;
      await server.resume();
      await until(() => acknowledged.length > before + 5);
      isOver = true;
      await writing;
      await store.check();
      for (const userId of acknowledged) assert.ok(await store.findUser(userId), userId);
      refusals.delete('TIMEOUT'); // it was lost while it confirmed
      assert.deepEqual([...refusals], ['UNAVAILABLE']);
      assert.deepEqual(health.slice(0, 2), ['away', 'back']);
    });

  it('is not ready if it can only be read, or if a newer tracker has changed it', async () => {
    await server.run('postgres', 'ALTER DATABASE shoal SET default_transaction_read_only = on');
    const reader = await openPostgresStore(server.url('shoal'));
    await assert.rejects(reader.check(), hasCode('UNAVAILABLE'));
    await assert.rejects(reader.createUser({ userId: 'bob', passwordHash: '', nowMs: 1 }), hasCode('UNAVAILABLE'));
    await reader.close();
    await server.run('postgres', 'ALTER DATABASE shoal RESET default_transaction_read_only');
    await store.check();
    await server.run('shoal', 'UPDATE tracker_schema SET version = 90, min_reader = 90');
    await assert.rejects(store.check(), hasCode('DATA_DIR_NEWER'));
    await server.run('shoal', 'UPDATE tracker_schema SET version = 5, min_reader = 5');
  });
});
