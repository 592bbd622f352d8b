import type { SchemaWords } from '../schema-words.js';

/** Users, groups, files and their shares. */
export function tables(w: SchemaWords): string {
  return `
  CREATE TABLE users (
    user_key ${w.text} PRIMARY KEY,
    user_id ${w.text} NOT NULL,
    password_hash ${w.text} NOT NULL,
    created_at_ms ${w.integer} NOT NULL
  );
  CREATE TABLE sessions (
    token_hash ${w.text} PRIMARY KEY,
    user_key ${w.text} NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at_ms ${w.integer} NOT NULL
  );
  CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);
  CREATE TABLE devices (
    user_key ${w.text} NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id ${w.text} NOT NULL,
    seen_at_ms ${w.integer} NOT NULL,
    PRIMARY KEY (user_key, device_id)
  );
  CREATE TABLE groups (
    group_key ${w.text} PRIMARY KEY,
    group_id ${w.text} NOT NULL,
    owner_key ${w.text} NOT NULL REFERENCES users,
    epoch ${w.integer} NOT NULL
  );
  CREATE TABLE memberships (
    group_key ${w.text} NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_key ${w.text} NOT NULL REFERENCES users,
    since_ms ${w.integer} NOT NULL,
    PRIMARY KEY (group_key, user_key)
  );
  CREATE INDEX memberships_by_user ON memberships (user_key);
  CREATE TABLE requests (
    group_key ${w.text} NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_key ${w.text} NOT NULL REFERENCES users,
    requested_at_ms ${w.integer} NOT NULL,
    PRIMARY KEY (group_key, user_key)
  );
  CREATE TABLE manifests (
    manifest_id ${w.text} PRIMARY KEY,
    size_bytes ${w.integer} NOT NULL,
    bytes ${w.bytes} NOT NULL,
    created_at_ms ${w.integer} NOT NULL
  );
  CREATE TABLE files (
    group_key ${w.text} NOT NULL REFERENCES groups ON DELETE CASCADE,
    file_key ${w.text} NOT NULL,
    file_name ${w.text} NOT NULL,
    manifest_id ${w.text} NOT NULL REFERENCES manifests,
    shared_by ${w.text} NOT NULL,
    shared_at_ms ${w.integer} NOT NULL,
    PRIMARY KEY (group_key, file_key)
  );
  CREATE INDEX files_by_manifest ON files (manifest_id, group_key);
  CREATE TABLE shares (
    group_key ${w.text} NOT NULL,
    file_key ${w.text} NOT NULL,
    user_key ${w.text} NOT NULL REFERENCES users,
    device_id ${w.text} NOT NULL,
    PRIMARY KEY (group_key, file_key, user_key, device_id),
    FOREIGN KEY (group_key, file_key) REFERENCES files ON DELETE CASCADE
  );
  CREATE INDEX shares_by_user ON shares (group_key, user_key);
  
  `;
}
