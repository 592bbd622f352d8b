/** The tables, as Kysely sees them. A `*_key` is the folded form of a name; the name as it is shown stands beside it. */
export interface Tables {
  users: { user_key: string; user_id: string; password_hash: string; created_at_ms: number };
  sessions: { token_hash: string; user_key: string; expires_at_ms: number };
  devices: { user_key: string; device_id: string; seen_at_ms: number };
  groups: { group_key: string; group_id: string; owner_key: string; epoch: number };
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
  manifests: { manifest_id: string; size_bytes: number; bytes: Uint8Array; created_at_ms: number };
}
