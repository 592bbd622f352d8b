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
  };
  memberships: { group_key: string; user_key: string; since_ms: number };
  requests: { group_key: string; user_key: string; requested_at_ms: number };
  files: {
    group_key: string;
    file_key: string;
    file_name: string;
    manifest_id: string;
    shared_by: string;
    shared_at_ms: number;
  };
  shares: { group_key: string; file_key: string; user_key: string; device_id: string };
  /** Unused manifests; `byte_count` is what they count for. */
  unused_manifests: { manifest_id: string; user_key: string | null; byte_count: number };
  manifests: { manifest_id: string; size_bytes: number; bytes: Uint8Array; created_at_ms: number };
}
