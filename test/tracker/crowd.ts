import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { nameKey } from '../../sdk/protocol/index.js';
import { availableDrivers } from '../../tracker/store/sqlite/drivers.js';
import { openSqliteStore } from '../../tracker/store/sqlite/sqlite-store.js';

const MANIFEST_ID = 'ab'.repeat(32);

/** What a tracker's database holds before it is started: written in one step, as no client could. */
export interface Crowd {
  /** Groups, by name, and who owns each. */
  readonly groups?: readonly (readonly [groupId: string, ownerId: string])[];
  /** Who is in a group beside its owner, and who asks to be. */
  readonly members?: readonly (readonly [groupId: string, userId: string])[];
  readonly requests?: readonly (readonly [groupId: string, userId: string])[];
  /** Files of one content. */
  readonly files?: readonly (readonly [groupId: string, fileName: string, sharedBy: string])[];
}

/** With what one of a crowd takes up his session: he has no password. */
export function tokenOf(userId: string): string {
  return createHash('sha256').update(userId).digest('base64url');
}

/** Makes the database of a tracker that has a crowd. */
export async function writeCrowd(path: string, crowd: Crowd): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await (await openSqliteStore(path)).close();
  const [driver] = await availableDrivers();
  if (!driver) throw new Error('no SQLite');
  const database = driver.open(path);
  const { groups = [], members = [], requests = [], files = [] } = crowd;
  const userIds = new Set([
    ...[...groups, ...members, ...requests].map(([, userId]) => userId),
    ...files.map(([, , userId]) => userId),
  ]);
  const insert = (table: string, rows: readonly (readonly unknown[])[]) => {
    const [first] = rows;
    if (!first) return;
    const statement = database.prepare(`INSERT INTO ${table} VALUES (${first.map(() => '?').join()})`);
    for (const row of rows) statement.run([...row]);
  };
  database.exec('BEGIN');
  insert(
    'users (user_key, user_id, password_hash, created_at_ms)',
    Array.from(userIds, (userId) => [nameKey(userId), userId, '', 1]),
  );
  insert(
    'groups (group_key, group_id, owner_key, epoch)',
    groups.map(([groupId, ownerId]) => [nameKey(groupId), groupId, nameKey(ownerId), 1]),
  );
  insert(
    'memberships (group_key, user_key, since_ms)',
    [...groups, ...members].map(([groupId, userId], index) => [nameKey(groupId), nameKey(userId), index]),
  );
  insert(
    'requests (group_key, user_key, requested_at_ms)',
    requests.map(([groupId, userId]) => [nameKey(groupId), nameKey(userId), 1]),
  );
  insert('manifests (manifest_id, size_bytes, bytes, created_at_ms)', [[MANIFEST_ID, 1, Buffer.alloc(57), Date.now()]]);
  insert(
    'files (group_key, file_key, file_name, manifest_id, shared_by, shared_at_ms)',
    files.map(([groupId, fileName, userId]) => [nameKey(groupId), nameKey(fileName), fileName, MANIFEST_ID, userId, 1]),
  );
  const deviceId = 'cd'.repeat(32);
  insert(
    'versions (group_key, file_key, version, manifest_id, published_by, device_id, published_at_ms)',
    files.map(([groupId, fileName, userId]) => [
      ...[nameKey(groupId), nameKey(fileName), 1, MANIFEST_ID],
      ...[userId, deviceId, 1],
    ]),
  );
  insert(
    'shares (group_key, file_key, user_key, device_id, version)',
    files.map(([groupId, fileName, userId]) => [nameKey(groupId), nameKey(fileName), nameKey(userId), deviceId, 1]),
  );
  insert(
    'sessions (token_hash, user_key, expires_at_ms)',
    Array.from(userIds, (userId) => [
      createHash('sha256').update(tokenOf(userId)).digest('hex'),
      nameKey(userId),
      Date.now() + 3_600_000,
    ]),
  );
  database.exec('COMMIT');
  database.close();
}
