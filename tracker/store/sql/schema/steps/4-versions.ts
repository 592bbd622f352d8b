import type { SchemaWords } from '../schema-words.js';
import { POSTGRES_VERSION_COUNTERS } from './postgres-triggers.js';
import { SQLITE_VERSION_COUNTERS } from './sqlite-triggers.js';

/** Names have versions. A file that exists becomes version 1; the row of a name says which version is its newest. */
export function versions(w: SchemaWords): string {
  return `
  ALTER TABLE groups ADD COLUMN publishers ${w.text} NOT NULL DEFAULT 'author';
  ALTER TABLE groups ADD COLUMN keep_versions ${w.integer} NOT NULL DEFAULT 10;
  ALTER TABLE groups ADD COLUMN keep_days ${w.integer} NOT NULL DEFAULT 90;
  ALTER TABLE groups ADD COLUMN versions ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE groups ADD COLUMN removed ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE files ADD COLUMN version ${w.integer} NOT NULL DEFAULT 1;
  ALTER TABLE files ADD COLUMN versions ${w.integer} NOT NULL DEFAULT 0;
  ALTER TABLE shares ADD COLUMN version ${w.integer};
  CREATE TABLE versions (
    group_key ${w.text} NOT NULL,
    file_key ${w.text} NOT NULL,
    version ${w.integer} NOT NULL,
    manifest_id ${w.text} NOT NULL REFERENCES manifests,
    published_by ${w.text} NOT NULL,
    device_id ${w.text} NOT NULL,
    published_at_ms ${w.integer} NOT NULL,
    note ${w.text},
    modified_ms ${w.integer},
    executable ${w.integer},
    PRIMARY KEY (group_key, file_key, version),
    FOREIGN KEY (group_key, file_key) REFERENCES files ON DELETE CASCADE
  );
  CREATE INDEX versions_by_manifest ON versions (manifest_id, group_key, file_key, version);
  CREATE TABLE removed_files (
    group_key ${w.text} NOT NULL REFERENCES groups ON DELETE CASCADE,
    file_key ${w.text} NOT NULL,
    manifest_id ${w.text} NOT NULL,
    removed_at_ms ${w.integer} NOT NULL,
    PRIMARY KEY (group_key, file_key, manifest_id)
  );
  CREATE INDEX removed_in_order ON removed_files (group_key, removed_at_ms);
  CREATE INDEX removed_by_time ON removed_files (removed_at_ms);
  ${w.sqlite(`
  INSERT INTO versions (group_key, file_key, version, manifest_id, published_by, device_id, published_at_ms)
    SELECT group_key, file_key, 1, manifest_id, shared_by, coalesce(
      (SELECT device_id FROM shares JOIN users USING (user_key)
        WHERE shares.group_key = files.group_key AND shares.file_key = files.file_key AND user_id = files.shared_by),
      (SELECT device_id FROM shares WHERE shares.group_key = files.group_key AND shares.file_key = files.file_key),
      printf('%064d', 0)
    ), shared_at_ms FROM files;
  UPDATE shares SET version = 1;
  UPDATE files SET versions = 1;
  UPDATE groups SET versions = files;
  `)}
  CREATE INDEX files_with_history ON files (group_key, file_key) WHERE versions > 1;
  ${w.sqlite(SQLITE_VERSION_COUNTERS)}
  ${w.postgres(POSTGRES_VERSION_COUNTERS)}
  `;
}
