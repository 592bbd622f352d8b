import { createHash } from 'node:crypto';

/** Runs statements without results in a database that has the tables of a tracker. */
export interface Sql {
  readonly kind: 'sqlite' | 'postgres';
  run(statements: string): Promise<void>;
}

/** Groups that are alike. Their members and files are numbered. */
export interface Groups {
  /** Before the number of each group in its name, and before that of each of its members in his. */
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
  readonly members: number;
  readonly files: number;
  /** How many users there are; a user may be in many groups. */
  readonly users: number;
}

const ID_CHARACTERS = 64;
const FIRST_CONTENT = 1_000_000_000_000;
const SHARED_BY_DEVICE = 'cd'.repeat(32);

/** Milliseconds of a fixed day: what is filled in is older than everything that happens later. */
const FILLED_MS = 1_700_000_000_000;

export const groupName = ({ prefix }: Pick<Groups, 'prefix'>, group: number): string => `${prefix}-${group}`;
export const fileName = (file: number): string => `file-${file}.bin`;

/** A member by number, one group after the other. The first one of each group owns it. */
export function memberAt({ prefix, from, members, users }: Groups, index: number): { group: number; userId: string } {
  const group = from + Math.floor(index / members);
  return { group, userId: `${prefix}-user-${(group * members + (index % members)) % users}` };
}

/** The content of a file of a group: each has its own. */
export function contentId({ prefix, files }: Pick<Groups, 'prefix' | 'files'>, group: number, file: number): string {
  return `${contentHead(prefix)}${FIRST_CONTENT + group * files + file}`;
}

function contentHead(prefix: string): string {
  const hash = createHash('sha256').update(prefix).digest('hex');
  return hash.slice(0, ID_CHARACTERS - `${FIRST_CONTENT}`.length);
}

/** Writes groups with members, files and sessions in few statements, in the same words for both databases. */
export async function fill(sql: Sql, groups: Groups): Promise<void> {
  const { prefix, from, to, members, files, users } = groups;
  const isSqlite = sql.kind === 'sqlite';
  const bytes = isSqlite ? 'zeroblob(57)' : `decode(repeat('00', 57), 'hex')`;
  const numbers = (name: string, first: number, beyond: number) =>
    `${name}(${name}) AS (SELECT ${first} UNION ALL SELECT ${name} + 1 FROM ${name} WHERE ${name} + 1 < ${beyond})`;
  const some = numbers('g', from, to);
  const ofMembers = `${some}, ${numbers('m', 0, members)}`;
  const ofFiles = `${some}, ${numbers('f', 0, files)}`;
  const group = `'${prefix}-' || g`;
  const userOf = (member: string) => `'${prefix}-user-' || ((g * ${members} + ${member}) % ${users})`;
  const owner = userOf('0');
  const content = `'${contentHead(prefix)}' || (${FIRST_CONTENT} + g * ${files} + f)`;
  const file = `'file-' || f || '.bin'`;
  const insert = (into: string, numbered: string, values: string, tables: string) =>
    `INSERT INTO ${into} WITH RECURSIVE ${numbered} SELECT ${values} FROM ${tables};`;
  const statements = [
    insert(
      'users (user_key, user_id, password_hash, created_at_ms)',
      numbers('u', 0, from === 0 ? users : 1),
      `'${prefix}-user-' || u, '${prefix}-user-' || u, '', ${FILLED_MS}`,
      `u WHERE true ON CONFLICT DO NOTHING`,
    ),
    insert('groups (group_key, group_id, owner_key, epoch)', some, `${group}, ${group}, ${owner}, ${FILLED_MS}`, 'g'),
    insert(
      'memberships (group_key, user_key, since_ms)',
      ofMembers,
      `${group}, ${userOf('m')}, ${FILLED_MS} + m`,
      'g, m',
    ),
    ...(files === 0
      ? []
      : [
          insert(
            'manifests (manifest_id, size_bytes, bytes, created_at_ms)',
            ofFiles,
            `${content}, 1000, ${bytes}, ${FILLED_MS}`,
            'g, f',
          ),
          insert(
            'files (group_key, file_key, file_name, manifest_id, shared_by, shared_at_ms)',
            ofFiles,
            `${group}, ${file}, ${file}, ${content}, ${owner}, ${FILLED_MS}`,
            'g, f',
          ),
          insert(
            'versions (group_key, file_key, version, manifest_id, published_by, device_id, published_at_ms)',
            ofFiles,
            `${group}, ${file}, 1, ${content}, ${owner}, '${SHARED_BY_DEVICE}', ${FILLED_MS}`,
            'g, f',
          ),
          insert(
            'shares (group_key, file_key, user_key, device_id, version)',
            ofFiles,
            `${group}, ${file}, ${owner}, '${SHARED_BY_DEVICE}', 1`,
            'g, f',
          ),
        ]),
  ];
  await sql.run(`BEGIN; ${statements.join('\n')} COMMIT;`);
  await sql.run('ANALYZE;');
}
