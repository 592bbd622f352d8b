/**
 * A trigger that runs once for each statement: the rows that a statement added are in the table `came`, those that it
 * took away in `went`, and those that it changed in both.
 */
function afterEach(change: 'INSERT' | 'UPDATE' | 'DELETE', table: string, name: string, body: string): string {
  const rows = {
    INSERT: 'NEW TABLE AS came',
    UPDATE: 'OLD TABLE AS went NEW TABLE AS came',
    DELETE: 'OLD TABLE AS went',
  }[change];
  return `
  CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}
    RETURN NULL;
  END $$;
  CREATE TRIGGER ${name} AFTER ${change} ON ${table} REFERENCING ${rows}
    FOR EACH STATEMENT EXECUTE FUNCTION ${name}();
  `;
}

/** Adds the number of rows that came, or takes off that of rows that went, in the group of each. */
function countInGroup(counter: string, rows: 'came' | 'went'): string {
  return `
    UPDATE groups SET ${counter} = groups.${counter} ${rows === 'came' ? '+' : '-'} changed.count
      FROM (SELECT group_key, count(*) AS count FROM ${rows} GROUP BY group_key) AS changed
      WHERE groups.group_key = changed.group_key;`;
}

function countInFile(rows: 'came' | 'went'): string {
  return `
    UPDATE files SET versions = files.versions ${rows === 'came' ? '+' : '-'} changed.count
      FROM (SELECT group_key, file_key, count(*) AS count FROM ${rows} GROUP BY group_key, file_key) AS changed
      WHERE files.group_key = changed.group_key AND files.file_key = changed.file_key;`;
}

function sumUnused(rows: 'came' | 'went'): string {
  return `
    UPDATE users SET unused_bytes = users.unused_bytes ${rows === 'came' ? '+' : '-'} changed.bytes
      FROM (SELECT user_key, sum(byte_count) AS bytes FROM ${rows} GROUP BY user_key) AS changed
      WHERE users.user_key = changed.user_key;`;
}

/** What shares add to the counters of their users, or take off. */
function countShares(rows: 'came' | 'went'): string {
  const sign = rows === 'came' ? '+' : '-';
  return `
    UPDATE users SET files = users.files ${sign} changed.count, bytes = users.bytes ${sign} changed.bytes
      FROM (
        SELECT ${rows}.user_key, count(*) AS count, coalesce(sum(size_bytes), 0) AS bytes FROM ${rows}
          LEFT JOIN versions USING (group_key, file_key, version) LEFT JOIN manifests USING (manifest_id)
          GROUP BY ${rows}.user_key
      ) AS changed
      WHERE users.user_key = changed.user_key;`;
}

const DELETE_USED = `
    DELETE FROM unused_manifests WHERE manifest_id IN (SELECT manifest_id FROM came);`;

const ADD_UNUSED = `
    INSERT INTO unused_manifests (manifest_id, user_key, byte_count)
      SELECT DISTINCT ON (went.manifest_id) went.manifest_id, users.user_key, greatest(4096, length(manifests.bytes))
      FROM went JOIN manifests ON manifests.manifest_id = went.manifest_id
        LEFT JOIN users ON users.user_id = went.published_by
      WHERE NOT EXISTS (SELECT 1 FROM versions WHERE versions.manifest_id = went.manifest_id)
      ORDER BY went.manifest_id, went.published_at_ms DESC;`;

const COUNT_ON_DEVICES = `
    INSERT INTO devices (user_key, device_id, seen_at_ms, files)
      SELECT user_key, device_id, 0, count(*) FROM came GROUP BY user_key, device_id
      ON CONFLICT (user_key, device_id) DO UPDATE SET files = devices.files + excluded.files;`;

const TAKE_OFF_DEVICES = `
    UPDATE devices SET files = devices.files - changed.count
      FROM (SELECT user_key, device_id, count(*) AS count FROM went GROUP BY user_key, device_id) AS changed
      WHERE devices.user_key = changed.user_key AND devices.device_id = changed.device_id;`;

const SUM_MOVED = `
    UPDATE users SET bytes = users.bytes + changed.bytes
      FROM (
        SELECT user_key, sum(bytes) AS bytes FROM (
          SELECT came.user_key, size_bytes AS bytes FROM came
            JOIN versions USING (group_key, file_key, version) JOIN manifests USING (manifest_id)
          UNION ALL SELECT went.user_key, -size_bytes FROM went
            JOIN versions USING (group_key, file_key, version) JOIN manifests USING (manifest_id)
        ) AS sizes GROUP BY user_key
      ) AS changed
      WHERE users.user_key = changed.user_key;`;

export const POSTGRES_COUNTERS = [
  afterEach('INSERT', 'memberships', 'member_came', countInGroup('members', 'came')),
  afterEach('DELETE', 'memberships', 'member_went', countInGroup('members', 'went')),
  afterEach('INSERT', 'unused_manifests', 'unused_came', sumUnused('came')),
  afterEach('DELETE', 'unused_manifests', 'unused_went', sumUnused('went')),
].join('');

export const POSTGRES_VERSION_COUNTERS = [
  afterEach('INSERT', 'files', 'file_came', countInGroup('files', 'came')),
  afterEach('DELETE', 'files', 'file_went', countInGroup('files', 'went')),
  afterEach('INSERT', 'versions', 'version_came', countInGroup('versions', 'came') + countInFile('came') + DELETE_USED),
  afterEach('DELETE', 'versions', 'version_went', countInGroup('versions', 'went') + countInFile('went') + ADD_UNUSED),
  afterEach('INSERT', 'removed_files', 'removed_came', countInGroup('removed', 'came')),
  afterEach('DELETE', 'removed_files', 'removed_went', countInGroup('removed', 'went')),
  afterEach('INSERT', 'shares', 'share_came', countShares('came') + COUNT_ON_DEVICES),
  afterEach('UPDATE', 'shares', 'share_moved', SUM_MOVED),
  afterEach('DELETE', 'shares', 'share_went', countShares('went') + TAKE_OFF_DEVICES),
].join('');
