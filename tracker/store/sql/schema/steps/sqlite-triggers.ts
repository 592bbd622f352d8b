/** Counts what quotas bound. Step 4 replaces those of files and shares. */
export const SQLITE_COUNTERS = `
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
`;

/** Counts versions, and the size of the version that each share has. */
export const SQLITE_VERSION_COUNTERS = `
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
`;
