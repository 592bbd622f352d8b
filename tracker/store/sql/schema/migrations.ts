/** The migrations of the database: step n makes version n + 1 from version n. Steps are only added. */
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
  // Lists are read in pages along an index. Triggers count what quotas bound.
  `
  DROP INDEX memberships_by_user;
  CREATE INDEX memberships_by_user ON memberships (user_key, group_key);
  CREATE INDEX memberships_in_order ON memberships (group_key, since_ms);
  CREATE INDEX requests_by_user ON requests (user_key);
  CREATE INDEX requests_in_order ON requests (group_key, requested_at_ms, user_key);
  CREATE INDEX groups_by_owner ON groups (owner_key);
  CREATE INDEX users_by_name ON users (user_id);

  ALTER TABLE groups ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE groups ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE users ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE users ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE users ADD COLUMN unused_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE devices ADD COLUMN files INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE unused_manifests (
    manifest_id TEXT PRIMARY KEY REFERENCES manifests ON DELETE CASCADE,
    user_key TEXT REFERENCES users,
    byte_count INTEGER NOT NULL
  );

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

  CREATE TRIGGER member_came AFTER INSERT ON memberships BEGIN
    UPDATE groups SET members = members + 1 WHERE group_key = NEW.group_key;
  END;
  CREATE TRIGGER member_went AFTER DELETE ON memberships BEGIN
    UPDATE groups SET members = members - 1 WHERE group_key = OLD.group_key;
  END;
  CREATE TRIGGER file_came AFTER INSERT ON files BEGIN
    UPDATE groups SET files = files + 1 WHERE group_key = NEW.group_key;
    DELETE FROM unused_manifests WHERE manifest_id = NEW.manifest_id;
  END;
  CREATE TRIGGER file_went AFTER DELETE ON files BEGIN
    UPDATE groups SET files = files - 1 WHERE group_key = OLD.group_key;
    INSERT INTO unused_manifests (manifest_id, user_key, byte_count)
      SELECT manifest_id, (SELECT user_key FROM users WHERE user_id = OLD.shared_by), max(4096, length(bytes))
      FROM manifests WHERE manifest_id = OLD.manifest_id
        AND NOT EXISTS (SELECT 1 FROM files WHERE manifest_id = OLD.manifest_id);
  END;
  CREATE TRIGGER unused_came AFTER INSERT ON unused_manifests BEGIN
    UPDATE users SET unused_bytes = unused_bytes + NEW.byte_count WHERE user_key = NEW.user_key;
  END;
  CREATE TRIGGER unused_went AFTER DELETE ON unused_manifests BEGIN
    UPDATE users SET unused_bytes = unused_bytes - OLD.byte_count WHERE user_key = OLD.user_key;
  END;
  CREATE TRIGGER share_came AFTER INSERT ON shares BEGIN
    UPDATE users SET files = files + 1, bytes = bytes + (
      SELECT size_bytes FROM files JOIN manifests USING (manifest_id)
      WHERE group_key = NEW.group_key AND file_key = NEW.file_key
    ) WHERE user_key = NEW.user_key;
    INSERT INTO devices (user_key, device_id, seen_at_ms, files) VALUES (NEW.user_key, NEW.device_id, 0, 1)
      ON CONFLICT (user_key, device_id) DO UPDATE SET files = files + 1;
  END;
  CREATE TRIGGER share_goes BEFORE DELETE ON shares BEGIN
    UPDATE users SET files = files - 1, bytes = bytes - (
      SELECT size_bytes FROM files JOIN manifests USING (manifest_id)
      WHERE group_key = OLD.group_key AND file_key = OLD.file_key
    ) WHERE user_key = OLD.user_key;
    UPDATE devices SET files = files - 1 WHERE user_key = OLD.user_key AND device_id = OLD.device_id;
  END;
  `,
  // `fillLooks` fills it in, because SQL cannot calculate it.
  `
  ALTER TABLE users ADD COLUMN look TEXT;
  CREATE INDEX users_by_look ON users (look);
  ALTER TABLE groups ADD COLUMN look TEXT;
  CREATE INDEX groups_by_look ON groups (look);
  `,
  // Names have versions. A file that exists becomes version 1; the row of a name says which version is its newest.
  `
  ALTER TABLE groups ADD COLUMN publishers TEXT NOT NULL DEFAULT 'author';
  ALTER TABLE groups ADD COLUMN keep_versions INTEGER NOT NULL DEFAULT 10;
  ALTER TABLE groups ADD COLUMN keep_days INTEGER NOT NULL DEFAULT 90;
  ALTER TABLE groups ADD COLUMN versions INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE groups ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE files ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE files ADD COLUMN versions INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE shares ADD COLUMN version INTEGER;
  CREATE TABLE versions (
    group_key TEXT NOT NULL,
    file_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    manifest_id TEXT NOT NULL REFERENCES manifests,
    published_by TEXT NOT NULL,
    device_id TEXT NOT NULL,
    published_at_ms INTEGER NOT NULL,
    note TEXT,
    modified_ms INTEGER,
    executable INTEGER,
    PRIMARY KEY (group_key, file_key, version),
    FOREIGN KEY (group_key, file_key) REFERENCES files ON DELETE CASCADE
  );
  CREATE INDEX versions_by_manifest ON versions (manifest_id, group_key, file_key, version);
  CREATE TABLE removed_files (
    group_key TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    file_key TEXT NOT NULL,
    manifest_id TEXT NOT NULL,
    removed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (group_key, file_key, manifest_id)
  );
  CREATE INDEX removed_in_order ON removed_files (group_key, removed_at_ms);
  CREATE INDEX removed_by_time ON removed_files (removed_at_ms);

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
  CREATE INDEX files_with_history ON files (group_key, file_key) WHERE versions > 1;

  DROP TRIGGER file_came;
  DROP TRIGGER file_went;
  DROP TRIGGER share_came;
  DROP TRIGGER share_goes;
  CREATE TRIGGER file_came AFTER INSERT ON files BEGIN
    UPDATE groups SET files = files + 1 WHERE group_key = NEW.group_key;
  END;
  CREATE TRIGGER file_went AFTER DELETE ON files BEGIN
    UPDATE groups SET files = files - 1 WHERE group_key = OLD.group_key;
  END;
  CREATE TRIGGER version_came AFTER INSERT ON versions BEGIN
    UPDATE groups SET versions = versions + 1 WHERE group_key = NEW.group_key;
    UPDATE files SET versions = versions + 1 WHERE group_key = NEW.group_key AND file_key = NEW.file_key;
    DELETE FROM unused_manifests WHERE manifest_id = NEW.manifest_id;
  END;
  CREATE TRIGGER version_went AFTER DELETE ON versions BEGIN
    UPDATE groups SET versions = versions - 1 WHERE group_key = OLD.group_key;
    UPDATE files SET versions = versions - 1 WHERE group_key = OLD.group_key AND file_key = OLD.file_key;
    INSERT INTO unused_manifests (manifest_id, user_key, byte_count)
      SELECT manifest_id, (SELECT user_key FROM users WHERE user_id = OLD.published_by), max(4096, length(bytes))
      FROM manifests WHERE manifest_id = OLD.manifest_id
        AND NOT EXISTS (SELECT 1 FROM versions WHERE manifest_id = OLD.manifest_id);
  END;
  CREATE TRIGGER removed_came AFTER INSERT ON removed_files BEGIN
    UPDATE groups SET removed = removed + 1 WHERE group_key = NEW.group_key;
  END;
  CREATE TRIGGER removed_went AFTER DELETE ON removed_files BEGIN
    UPDATE groups SET removed = removed - 1 WHERE group_key = OLD.group_key;
  END;
  CREATE TRIGGER share_came AFTER INSERT ON shares BEGIN
    UPDATE users SET files = files + 1, bytes = bytes + coalesce((
      SELECT size_bytes FROM versions JOIN manifests USING (manifest_id)
      WHERE group_key = NEW.group_key AND file_key = NEW.file_key AND version = NEW.version
    ), 0) WHERE user_key = NEW.user_key;
    INSERT INTO devices (user_key, device_id, seen_at_ms, files) VALUES (NEW.user_key, NEW.device_id, 0, 1)
      ON CONFLICT (user_key, device_id) DO UPDATE SET files = files + 1;
  END;
  CREATE TRIGGER share_moved AFTER UPDATE OF version ON shares BEGIN
    UPDATE users SET bytes = bytes + coalesce((
      SELECT size_bytes FROM versions JOIN manifests USING (manifest_id)
      WHERE group_key = NEW.group_key AND file_key = NEW.file_key AND version = NEW.version
    ), 0) - coalesce((
      SELECT size_bytes FROM versions JOIN manifests USING (manifest_id)
      WHERE group_key = OLD.group_key AND file_key = OLD.file_key AND version = OLD.version
    ), 0) WHERE user_key = NEW.user_key;
  END;
  CREATE TRIGGER share_goes BEFORE DELETE ON shares BEGIN
    UPDATE users SET files = files - 1, bytes = bytes - coalesce((
      SELECT size_bytes FROM versions JOIN manifests USING (manifest_id)
      WHERE group_key = OLD.group_key AND file_key = OLD.file_key AND version = OLD.version
    ), 0) WHERE user_key = OLD.user_key;
    UPDATE devices SET files = files - 1 WHERE user_key = OLD.user_key AND device_id = OLD.device_id;
  END;
  `,
  // Empty folders, and an index that finds the shares of a user below a folder.
  `
  CREATE TABLE empty_folders (
    group_key TEXT NOT NULL REFERENCES groups ON DELETE CASCADE,
    folder_key TEXT NOT NULL,
    folder_name TEXT NOT NULL,
    root_key TEXT NOT NULL,
    PRIMARY KEY (group_key, folder_key)
  );
  DROP INDEX shares_by_user;
  CREATE INDEX shares_by_user ON shares (group_key, user_key, file_key);
  `,
];
