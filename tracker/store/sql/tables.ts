import type { Generated } from 'kysely';

/**
 * The tables, as Kysely sees them. A `*_key` is the folded form of a name, and the shown name is beside it. Triggers
 * maintain `Generated` columns and `unused_manifests`. `look` is the skeleton of a name; null until it is filled in for
 * a row of an older tracker.
 */
export interface Tables {
  users: {
    user_key: string;
    user_id: string;
    password_hash: string;
    created_at_ms: number;
    look: string | null;
    /** Number of files that the user shares. */
    files: Generated<number>;
    bytes: Generated<number>;
    /** Bytes of unused manifests. */
    unused_bytes: Generated<number>;
  };
  sessions: { token_hash: string; user_key: string; expires_at_ms: number };
  devices: { user_key: string; device_id: string; seen_at_ms: number; files: Generated<number> };
  groups: {
    group_key: string;
    group_id: string;
    owner_key: string;
    epoch: number;
    look: string | null;
    members: Generated<number>;
    files: Generated<number>;
    versions: Generated<number>;
    /** Number of contents in `removed_files`. */
    removed: Generated<number>;
    publishers: Generated<'author' | 'members'>;
    keep_versions: Generated<number>;
    keep_days: Generated<number>;
  };
  memberships: { group_key: string; user_key: string; since_ms: number };
  requests: { group_key: string; user_key: string; requested_at_ms: number };
  /** The names. `shared_by` and `shared_at_ms` are of the first version; the content is that of the newest one. */
  files: {
    group_key: string;
    file_key: string;
    file_name: string;
    manifest_id: string;
    shared_by: string;
    shared_at_ms: number;
    /** The newest version. */
    version: number;
    /** Number of kept versions. */
    versions: Generated<number>;
  };
  versions: {
    group_key: string;
    file_key: string;
    version: number;
    manifest_id: string;
    published_by: string;
    device_id: string;
    published_at_ms: number;
    note: string | null;
    modified_ms: number | null;
    executable: number | null;
  };
  /** Which device has which version of a name; null: one that the group keeps no longer. */
  shares: { group_key: string; file_key: string; user_key: string; device_id: string; version: number | null };
  /** The contents that removed names had. */
  removed_files: { group_key: string; file_key: string; manifest_id: string; removed_at_ms: number };
  /** The empty folders. `root_key` is the folder below which they were set: without a file there, they do not count. */
  empty_folders: { group_key: string; folder_key: string; folder_name: string; root_key: string };
  /** Unused manifests; `byte_count` is what they count for. */
  unused_manifests: { manifest_id: string; user_key: string | null; byte_count: number };
  /** Keys that all trackers of a database share, and how far a move into it has come. SQLite has none: there they are files. */
  tracker_keys: { name: string; value: string; created_at_ms: number };
  manifests: { manifest_id: string; size_bytes: number; bytes: Uint8Array; created_at_ms: number };
}
