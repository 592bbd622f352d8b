/** Rules that PostgreSQL checks itself, because several trackers write there. No PostgreSQL database is older than they are. */
export const CONSTRAINTS = `
  ALTER TABLE users
    ADD CHECK (files >= 0), ADD CHECK (bytes >= 0), ADD CHECK (unused_bytes >= 0);
  ALTER TABLE devices
    ADD CHECK (files >= 0);
  ALTER TABLE groups
    ADD CHECK (epoch >= 0), ADD CHECK (members >= 0), ADD CHECK (files >= 0), ADD CHECK (versions >= 0),
    ADD CHECK (removed >= 0), ADD CHECK (publishers IN ('author', 'members')),
    ADD CHECK (keep_versions >= 1), ADD CHECK (keep_days >= 0);
  DROP INDEX memberships_in_order;
  CREATE UNIQUE INDEX memberships_in_order ON memberships (group_key, since_ms);
  ALTER TABLE files
    ADD CHECK (version >= 1), ADD CHECK (versions >= 0);
  ALTER TABLE versions
    ADD CHECK (version >= 1), ADD CHECK (executable IN (0, 1));
  ALTER TABLE manifests
    ADD CHECK (manifest_id ~ '^[0-9a-f]{64}$'), ADD CHECK (size_bytes >= 0);
  ALTER TABLE unused_manifests
    ADD CHECK (byte_count > 0);

  CREATE TABLE tracker_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL
  );
`;
