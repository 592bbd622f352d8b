import type { SchemaWords } from '../schema-words.js';
import { POSTGRES_COUNTERS } from './postgres-triggers.js';
import { SQLITE_COUNTERS } from './sqlite-triggers.js';

/** Lists are read in pages along an index. Triggers count what quotas bound. */
export function counters(w: SchemaWords): string {
  return `
  DROP INDEX memberships_by_user;
  CREATE INDEX memberships_by_user ON memberships (user_key, group_key);
  CREATE INDEX memberships_in_order ON memberships (group_key, since_ms);
  CREATE INDEX requests_by_user ON requests (user_key);
  CREATE INDEX requests_in_order ON requests (group_key, requested_at_ms, user_key);
  CREATE INDEX groups_by_owner ON groups (owner_key);
  CREATE INDEX users_by_name ON users (user_id);

  ALTER TABLE groups ADD COLUMN members ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE groups ADD COLUMN files ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE users ADD COLUMN files ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE users ADD COLUMN bytes ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE users ADD COLUMN unused_bytes ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE devices ADD COLUMN files ${w.integer} NOT NULL DEFAULT 0;
  CREATE TABLE unused_manifests (
    manifest_id ${w.text} PRIMARY KEY REFERENCES manifests ON DELETE CASCADE,
    user_key ${w.text} REFERENCES users,
    byte_count ${w.integer} NOT NULL
  );
  ${w.sqlite(`
  UPDATE groups SET
    members = (SELECT count(*) FROM memberships WHERE memberships.group_key = groups.group_key),
    files = (SELECT count(*) FROM files WHERE files.group_key = groups.group_key);
  INSERT OR IGNORE INTO devices (user_key, device_id, seen_at_ms) SELECT DISTINCT user_key, device_id, 0 FROM shares;
  UPDATE devices SET files = shared.files FROM
    (SELECT user_key, device_id, count(*) AS files FROM shares GROUP BY user_key, device_id) AS shared
    WHERE shared.user_key = devices.user_key AND shared.device_id = devices.device_id;
  UPDATE users SET files = shared.files, bytes = shared.bytes FROM
    (SELECT user_key, count(*) AS files, sum(size_bytes) AS bytes
      FROM shares JOIN files USING (group_key, file_key) JOIN manifests USING (manifest_id) GROUP BY user_key) AS shared
    WHERE shared.user_key = users.user_key;
  INSERT INTO unused_manifests (manifest_id, user_key, byte_count)
    SELECT manifest_id, NULL, max(4096, length(bytes)) FROM manifests
    WHERE NOT EXISTS (SELECT 1 FROM files WHERE files.manifest_id = manifests.manifest_id);
  `)}
  ${w.sqlite(SQLITE_COUNTERS)}
  ${w.postgres(POSTGRES_COUNTERS)}
  `;
}
