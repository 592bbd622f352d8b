import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataFolder } from '../../../tracker/data/data-folder.js';
import { migrateStore } from '../../../tracker/move/migrate-store.js';
import { DEFAULT_QUOTAS } from '../../../tracker/store/quotas.js';
import { availableDrivers, type Database } from '../../../tracker/store/sqlite/drivers.js';
import { PostgresServer } from '../../support/postgres/postgres-server.js';

/** Measures the move of a tracker from its folder into PostgreSQL. */

const HELP = `npm run bench -- tracker migrate [--files N,N,…] [--groups N]
For each N (10000,100000): makes the folder of a tracker with N files, each with a version, a share and a manifest of its own, in a tenth of a
percent as many groups (or N of them) of ten members, and moves it into PostgreSQL. Prints the rows, the size of the folder's database, the seconds
for copying and for comparing, rows a second, and the CPU-seconds and the memory of this process. The server does not wait for its disk.
`;

const MEMBERS = 10;
const PASSWORD_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'c2FsdA'.repeat(4)}$${'aGFzaA'.repeat(7)}`;
const MANIFEST_BYTES = 150;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000,100000' },
    groups: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const server = await PostgresServer.start();
  try {
    for (const files of values.files.split(',').map(Number))
      await bench(server, files, Number(values.groups ?? Math.max(1, files / 1000)));
  } finally {
    await server.stop();
  }
}

async function bench(server: PostgresServer, files: number, groups: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-migrate-'));
  const database = `files_${files}`;
  try {
    await makeFolder(folder, files, groups);
    await server.run('postgres', `CREATE DATABASE ${database}`);
    const mib = statSync(join(folder, 'tracker.db')).size / 2 ** 20;
    const cpu = process.cpuUsage();
    const begunMs = performance.now();
    let copiedMs = begunMs;
    const moved = await migrateStore({
      dataDir: folder,
      store: server.url(database),
      tell: (line) => {
        if (line.startsWith('copied')) copiedMs = performance.now();
      },
    });
    const [copying, comparing] = [copiedMs - begunMs, performance.now() - copiedMs].map((ms) => ms / 1000);
    const { user, system } = process.cpuUsage(cpu);
    const { maxRSS } = process.resourceUsage();
    process.stdout.write(
      `${files} files in ${groups} groups, ${moved.copied} rows, ${mib.toFixed(0)} MiB: copied in ${(copying ?? 0).toFixed(1)} s ` +
        `(${perSecond(moved.copied, copying)}), compared in ${(comparing ?? 0).toFixed(1)} s (${perSecond(moved.copied, comparing)}); ` +
        `${((user + system) / 1e6).toFixed(1)} CPU-s, at most ${(maxRSS / 1024).toFixed(0)} MiB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function perSecond(rows: number, seconds = 0): string {
  return `${Math.round(rows / seconds).toLocaleString('en')} rows a second`;
}

/** Writes what a long life leaves, in one step. */
async function makeFolder(folder: string, files: number, groups: number): Promise<void> {
  await (await openDataFolder(folder, DEFAULT_QUOTAS)).close();
  const [driver] = await availableDrivers();
  if (!driver) throw new Error('no SQLite');
  const database = driver.open(join(folder, 'tracker.db'));
  database.exec('BEGIN');
  const users = Math.max(MEMBERS, groups);
  const [addUser, addGroup, addMember] = [
    insert(database, 'users', 'user_key, user_id, password_hash, created_at_ms, look'),
    insert(database, 'groups', 'group_key, group_id, owner_key, epoch, look'),
    insert(database, 'memberships', 'group_key, user_key, since_ms'),
  ];
  for (let user = 0; user < users; user++) addUser(`user ${user}`, `user ${user}`, PASSWORD_HASH, 1, `look ${user}`);
  for (let group = 0; group < groups; group++) {
    addGroup(`group ${group}`, `group ${group}`, `user ${group}`, 1, `look ${group}`);
    for (let member = 0; member < MEMBERS; member++)
      addMember(`group ${group}`, `user ${(group + member) % users}`, member);
  }
  const [addManifest, addFile, addVersion, addShare] = [
    insert(database, 'manifests', 'manifest_id, size_bytes, bytes, created_at_ms'),
    insert(database, 'files', 'group_key, file_key, file_name, manifest_id, shared_by, shared_at_ms, version'),
    insert(database, 'versions', 'group_key, file_key, version, manifest_id, published_by, device_id, published_at_ms'),
    insert(database, 'shares', 'group_key, file_key, user_key, device_id, version'),
  ];
  for (let file = 0; file < files; file++) {
    const [group, user, name] = [`group ${file % groups}`, `user ${file % groups}`, nameOf(file)];
    const [manifestId, deviceId] = [idOf(`file ${file}`), idOf(user)];
    addManifest(manifestId, 1_000_000, randomBytes(MANIFEST_BYTES), 1);
    addFile(group, name, name, manifestId, user, 1, 1);
    addVersion(group, name, 1, manifestId, user, deviceId, 1);
    addShare(group, name, user, deviceId, 1);
  }
  database.exec('COMMIT');
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function insert(database: Database, table: string, columns: string): (...cells: unknown[]) => void {
  const holes = columns.replace(/\w+/g, '?');
  const statement = database.prepare(`INSERT INTO ${table} (${columns}) VALUES (${holes})`);
  return (...cells) => void statement.run(cells);
}

function nameOf(file: number): string {
  return `documents of the project/part ${Math.floor(file / 100)}/file ${file}.dat`;
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
