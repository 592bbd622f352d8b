import assert from 'node:assert/strict';
import { compareRows } from '../../../tracker/move/compare-rows.js';
import { FolderRows } from '../../../tracker/move/folder-rows.js';
import { openTargetRows } from '../../../tracker/move/open-target.js';
import { availableDrivers } from '../../../tracker/store/sqlite/drivers.js';
import { openToRead } from '../../../tracker/store/sqlite/open-database.js';
import { live, MoveBench } from './move-bench.js';

const COURSE = { onRows: () => {}, signal: new AbortController().signal };

/** What is tampered with, from the last row that is compared to the first one, so that each is found before those above it. */
const TAMPERED: readonly [statement: string, text: RegExp][] = [
  ['DELETE FROM empty_folders', /empty_folders \([^)]+\) is missing/],
  ['UPDATE versions SET note = NULL WHERE note IS NOT NULL', /versions \([^)]+\) differs in note/],
  ['UPDATE manifests SET bytes = set_byte(bytes, 9, 255 - get_byte(bytes, 9))', /manifests \([^)]+\) differs in bytes/],
  ["UPDATE groups SET members = members + 1 WHERE group_key = 'lab'", /groups \(group_key "lab"\) differs in members/],
  ["INSERT INTO sessions VALUES ('zz', 'u0', 1)", /sessions \(token_hash "zz"\) is not in the folder/],
  ["DELETE FROM sessions WHERE token_hash = 'token 2'", /sessions \(token_hash "token 2"\) is missing/],
  ["INSERT INTO sessions VALUES ('token 0a', 'u0', 1)", /sessions \(token_hash "token 0a"\) is not in the folder/],
  [
    "UPDATE sessions SET token_hash = 'zy' WHERE token_hash = 'token 0'",
    /sessions \(token_hash "token 0"\) is missing/,
  ],
  ["UPDATE users SET password_hash = 'x' WHERE user_key = 'u2'", /users \(user_key "u2"\) differs in password_hash/],
];

describe('the comparison of a database with the folder that was moved there', () => {
  it('finds every row that is missing, one too many or different, and every wrong counter', async () => {
    const bench = await MoveBench.open();
    try {
      await bench.fill((store) => live(store, []));
      await bench.move();
      const [driver] = await availableDrivers();
      assert.ok(driver);
      const folder = new FolderRows(openToRead(driver, bench.database), bench.database, 2);
      const target = await openTargetRows(bench.place.url);
      try {
        for (const [statement, text] of TAMPERED) {
          await bench.place.query(statement);
          await assert.rejects(compareRows(folder, target, COURSE), text);
        }
      } finally {
        await target.close();
        folder.close();
      }
    } finally {
      await bench.close();
    }
  });
});
