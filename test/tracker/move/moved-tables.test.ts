import assert from 'node:assert/strict';
import { MOVED_TABLES } from '../../../tracker/move/moved-tables.js';
import { MIGRATIONS } from '../../../tracker/store/sql/schema/migrations.js';
import { SQLITE } from '../../../tracker/store/sql/schema/schema-words.js';
import { availableDrivers } from '../../../tracker/store/sqlite/drivers.js';

describe('the tables that are moved', () => {
  it('are all of the schema, with each column either copied or counted', async () => {
    const [driver] = await availableDrivers();
    assert.ok(driver);
    const database = driver.open(':memory:');
    for (const { statements } of MIGRATIONS) database.exec(statements(SQLITE));
    const names = (from: string) =>
      (database.prepare(`SELECT name FROM ${from} ORDER BY name`).all([]) as { name: string }[]).map(
        ({ name }) => name,
      );
    const inSchema = names("sqlite_schema WHERE type = 'table'").map((table) => ({
      table,
      columns: names(`pragma_table_info('${table}')`),
    }));
    const moved = MOVED_TABLES.map(({ name, columns, counted = {} }) => ({
      table: name,
      columns: [...Object.keys(columns), ...Object.keys(counted)].sort(),
    }));
    assert.deepEqual(
      moved.sort((one, other) => (one.table < other.table ? -1 : 1)),
      inSchema,
    );
    database.close();
  });
});
