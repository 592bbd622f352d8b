/** How the database came to its present form: step n makes version n + 1 of version n. Steps are only ever added. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE users (
    user_key TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  );
  CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_key TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at_ms INTEGER NOT NULL
  );
  CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);
  CREATE TABLE devices (
    user_key TEXT NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    seen_at_ms INTEGER NOT NULL,
    PRIMARY KEY (user_key, device_id)
  );
  CREATE TABLE groups (
    group_key TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    owner_key TEXT NOT NULL REFERENCES users,
    epoch INTEGER NOT NULL
  );
  CREATE TABLE memberships (
    group_key TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_key TEXT NOT NULL REFERENCES users,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (group_key, user_key)
  );
  CREATE INDEX memberships_by_user ON memberships (user_key);
  CREATE TABLE requests (
    group_key TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    user_key TEXT NOT NULL REFERENCES users,
    requested_at_ms INTEGER NOT NULL,
    PRIMARY KEY (group_key, user_key)
  );
  CREATE TABLE manifests (
    manifest_id TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    created_at_ms INTEGER NOT NULL
  );
  CREATE TABLE files (
    group_key TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    file_key TEXT NOT NULL,
    file_name TEXT NOT NULL,
    manifest_id TEXT NOT NULL REFERENCES manifests,
    shared_by TEXT NOT NULL,
    shared_at_ms INTEGER NOT NULL,
    PRIMARY KEY (group_key, file_key)
  );
  CREATE INDEX files_by_manifest ON files (manifest_id, group_key);
  CREATE TABLE shares (
    group_key TEXT NOT NULL,
    file_key TEXT NOT NULL,
    user_key TEXT NOT NULL REFERENCES users,
    device_id TEXT NOT NULL,
    PRIMARY KEY (group_key, file_key, user_key, device_id),
    FOREIGN KEY (group_key, file_key) REFERENCES files ON DELETE CASCADE
  );
  CREATE INDEX shares_by_user ON shares (group_key, user_key);
  `,
];
