import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { childPids } from '../child-pids.js';
import { freePort } from '../free-ports.js';
import { Tail } from '../run.js';
import { ensurePrograms, locate, type SystemProgram } from '../system-programs.js';
import { until } from '../until.js';

/** Where Debian has the programs of each version. */
const DEBIAN = '/usr/lib/postgresql';
/** The user without rights: PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const STARTS = 5;
const DATA = 'data';
const READY = /ready to accept (?:read-only )?connections/;
const PROGRAM: SystemProgram = { names: ['postgres'], debian: 'postgresql', elsewhere: foldersOfDebian };

export const ROLE = 'tracker';
export const PASSWORD = 'a pass/word';

export interface ServerOptions {
  /** A certificate and its key, in PEM: the server then speaks TLS with whoever asks for it. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A real PostgreSQL on loopback, in a temporary folder, for tests: it does not wait for the disk. */
export class PostgresServer {
  readonly #folder: string;
  readonly #bin: string;
  readonly #options: ServerOptions;
  #port = 0;
  #process: ChildProcess | undefined;
  #hangs = false;

  private constructor(folder: string, bin: string, options: ServerOptions) {
    this.#folder = folder;
    this.#bin = bin;
    this.#options = options;
  }

  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    return PostgresServer.#made(options, (server) => server.#init());
  }

  /** Starts a standby of another server. */
  static async standbyOf(primary: PostgresServer): Promise<PostgresServer> {
    return PostgresServer.#made({}, (server) => server.#copy(primary));
  }

  static async #made(options: ServerOptions, fill: (server: PostgresServer) => Promise<void>): Promise<PostgresServer> {
    await ensurePrograms('The tests of PostgreSQL', [PROGRAM]);
    const bin = realpathSync((await locate(PROGRAM)) ?? ''); // the other programs are beside it
    const folder = mkdtempSync(join(tmpdir(), 'shoal-postgres-'));
    const server = new PostgresServer(folder, bin, options);
    try {
      if (isRoot()) chownSync(folder, NOBODY, NOBODY);
      await fill(server);
      await server.#begin();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** The URL of a database. */
  url(database: string, { user = ROLE, password = PASSWORD } = {}): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.#port}/${database}`;
  }

  /** Runs statements in a database, as the role that may do everything. */
  async run(database: string, statements: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statements)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it again where it was. After `kill`, its other processes may need a moment to end. */
  async resume(): Promise<void> {
    await until(() => this.#startAt(this.#port));
  }

  /** Kills all of its processes, as a loss of power would. What it has answered is in the files. */
  async kill(): Promise<void> {
    this.#signalAll('SIGKILL');
    await this.#end('SIGKILL');
    this.#hangs = false;
  }

  /** Stops all of its processes where they are, as on a computer that hangs. */
  hang(): void {
    this.#hangs = true;
    this.#signalAll('SIGSTOP');
  }

  /** Starts again at its address as a standby of another server. What it had is lost. */
  async follow(primary: PostgresServer): Promise<void> {
    await this.kill();
    rmSync(join(this.#folder, DATA), { recursive: true });
    await this.#copy(primary);
    if (!(await this.#startAt(this.#port))) throw new Error(`The standby at port ${this.#port} cannot be started.`);
  }

  /** Ends its connections and stops it. */
  async halt(): Promise<void> {
    await this.#end('SIGINT');
  }

  /** Stops it and removes its files. */
  async stop(): Promise<void> {
    if (this.#hangs) await this.kill();
    else await this.#end('SIGQUIT');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(): Promise<void> {
    for (let left = STARTS; left > 0; left--) {
      this.#port = await freePort();
      if (await this.#startAt(this.#port)) return; // somebody else may have taken the port
    }
    throw new Error(`PostgreSQL cannot be started in ${this.#folder}.`);
  }

  async #init(): Promise<void> {
    const password = join(this.#folder, 'password');
    writeFileSync(password, PASSWORD);
    const { tls } = this.#options;
    if (tls) {
      writeFileSync(join(this.#folder, 'server.crt'), tls.certificate);
      writeFileSync(join(this.#folder, 'server.key'), tls.key);
    }
    if (isRoot())
      for (const path of ['password', ...(tls ? ['server.crt', 'server.key'] : [])])
        chownSync(join(this.#folder, path), NOBODY, NOBODY);
    if (tls) chmodSync(join(this.#folder, 'server.key'), 0o600);
    const args = [
      '-D',
      join(this.#folder, DATA),
      '-U',
      ROLE,
      '--pwfile',
      password,
      '--auth-host=scram-sha-256',
      '--auth-local=reject',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ];
    await this.#run('initdb', args);
  }

  /** Copies the files of a running server, whose standby this one will be. */
  async #copy(primary: PostgresServer): Promise<void> {
    const from = ['--host', '127.0.0.1', '--port', `${primary.port}`, '--username', ROLE];
    const how = ['--write-recovery-conf', '--checkpoint', 'fast', '--no-sync'];
    await this.#run('pg_basebackup', ['--pgdata', join(this.#folder, DATA), ...from, ...how]);
    // After its promotion it must not wait for a standby of its own.
    appendFileSync(join(this.#folder, DATA, 'postgresql.auto.conf'), "synchronous_standby_names = ''\n");
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const child = this.#spawn(this.#bin.replace(/postgres$/, program), args);
    const output = new Tail();
    child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`PostgreSQL could not make its files: ${output}`);
  }

  /** Returns whether it accepts connections there. */
  async #startAt(port: number): Promise<boolean> {
    const settings = {
      ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' },
      ...{ fsync: 'off', full_page_writes: 'off', shared_buffers: '32MB', max_connections: '90', autovacuum: 'off' },
      ...(this.#options.tls && {
        ssl: 'on',
        ssl_cert_file: join(this.#folder, 'server.crt'),
        ssl_key_file: join(this.#folder, 'server.key'),
      }),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = this.#spawn(this.#bin, ['-D', join(this.#folder, DATA), ...args]);
    let isReady = false;
    child.stderr?.on('data', (chunk: Buffer) => {
      isReady ||= READY.test(chunk.toString());
    });
    this.#process = child;
    child.once('close', () => {
      if (this.#process === child) this.#process = undefined;
    });
    await until(() => isReady || this.#process !== child);
    return isReady;
  }

  /** Sends a signal to the other processes, each of which has a group of its own, while the main one stands still. */
  #signalAll(signal: NodeJS.Signals): void {
    const main = this.#process?.pid;
    if (main === undefined) return;
    process.kill(main, 'SIGSTOP');
    for (const pid of childPids(main)) process.kill(pid, signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  /** Runs a program without the rights of root, which ends with this process however that ends. */
  #spawn(command: string, args: readonly string[]): ChildProcess {
    const drop = isRoot() ? ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'] : [];
    const [program = command, ...all] =
      process.platform === 'linux'
        ? ['setpriv', ...drop, '--pdeathsig', 'INT', '--', command, ...args]
        : [command, ...args];
    return spawn(program, all, {
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, LC_ALL: 'C', PGPASSWORD: PASSWORD },
    });
  }
}

/** The folders of all versions, the newest first. */
function foldersOfDebian(): string[] {
  try {
    return readdirSync(DEBIAN)
      .sort((one, other) => Number(other) - Number(one))
      .map((version) => join(DEBIAN, version, 'bin'));
  } catch {
    return []; // not there yet, or another system
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
