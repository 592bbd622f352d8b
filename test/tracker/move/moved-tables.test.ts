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
    const query = (sql: string) => database.prepare(sql).all([]) as { name: string }[];
    const inSchema = query("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => [
      name,
      query(`SELECT name FROM pragma_table_info('${name}')`).map((column) => column.name),
    ]);
    const moved = MOVED_TABLES.map(({ name, columns, counted = {} }) => [
      name,
      [...Object.keys(columns), ...Object.keys(counted)],
    ]);
    const sorted = (tables: typeof moved) =>
      tables.map(([name, columns]) => [name, [...(columns ?? [])].sort()]).sort();
    assert.deepEqual(sorted(moved), sorted(inSchema));
    database.close();
  });
});
