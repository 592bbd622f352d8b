import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from './system-programs.js';
import { until } from './until.js';

/** A `redis-server` on loopback, with little memory and nothing on the disk. */
export interface RedisServer {
  readonly port: number;
  readonly folder: string;
  /** Sends a signal: `SIGSTOP` makes it hang, `SIGCONT` lets it go on. */
  signal(name: NodeJS.Signals): void;
  /** Kills it, and removes its folder. */
  stop(): Promise<void>;
}

/** Installs `redis-server` where it is missing, if that is allowed. */
export function ensureRedis(): Promise<void> {
  return ensurePrograms('The tests of trackers with many nodes', [
    { names: ['redis-server'], debian: 'redis-server' },
    { names: ['setpriv'], debian: 'util-linux' },
  ]);
}

/** An empty folder for a server. */
export const redisFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'shoal-redis-'));

/**
 * Starts a server that answers.
 * @param settings as in *redis.conf*; an empty value means an empty string
 * @param folder removed when the server stops
 */
export async function startRedis(
  port: number,
  settings: Readonly<Record<string, string>> = {},
  folder?: string,
): Promise<RedisServer> {
  const dir = folder ?? (await redisFolder());
  const all = {
    ...{ port: `${port}`, bind: '127.0.0.1', dir, save: '', appendonly: 'no', logfile: join(dir, 'log') },
    ...{ loglevel: 'warning', maxmemory: '64mb', 'repl-diskless-sync-delay': '0' },
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  // A server must not survive a test run that is killed.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...args], { stdio: 'ignore' });
  child.unref();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    child.ref(); // somebody waits for its end
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const answering = settings['tls-port'] ? Number(settings['tls-port']) : port;
    await until(async () => isOver(child) || (await accepts(answering)));
    if (isOver(child)) throw new Error(`redis-server did not start: ${await readFile(join(dir, 'log'), 'utf8')}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, folder: dir, stop, signal: (name) => void child.kill(name) };
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
