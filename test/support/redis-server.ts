import { spawn } from 'node:child_process';
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
  /** Kills it. */
  kill(): Promise<void>;
  /** Starts it again where it was, after it was killed. */
  resume(): Promise<void>;
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
  const answering = settings['tls-port'] ? Number(settings['tls-port']) : port;
  let running = begin(args);
  const kill = () => running.kill();
  const stop = async () => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  };
  const isReady = async () => {
    await until(async () => running.isOver() || (await accepts(answering)));
    if (running.isOver()) throw new Error(`redis-server did not start: ${await readFile(join(dir, 'log'), 'utf8')}`);
  };
  const resume = () => {
    running = begin(args);
    return isReady();
  };
  try {
    await isReady();
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, folder: dir, kill, resume, stop, signal: (name) => running.signal(name) };
}

/** Starts a process that does not survive a test run that is killed. */
function begin(args: readonly string[]) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...args], { stdio: 'ignore' });
  child.unref();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    kill: () => {
      child.ref(); // somebody waits for its end
      child.kill('SIGKILL');
      return ended;
    },
  };
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
