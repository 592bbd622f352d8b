import { formatEndpoint, parseEndpoint, ShoalClient, ShoalError, VERSION } from '../index.js';
import { quietly } from './display.js';
import { createLogger, type LogLevel } from './log.js';
import { announce } from './notices.js';
import { PlainDisplay } from './plain-display.js';
import { runScript } from './script.js';
import { Shell } from './shell.js';
import { runInteractive } from './terminal/interactive.js';
import { printable } from './text.js';
import { withinLimit } from './time-limit.js';
import { quotingOf } from './words.js';

export interface PeerOptions {
  /** Where pieces are served, `HOST:PORT`. */
  readonly listen: string;
  /** The path of a `tracker_info.txt`, or `wss://host:port`. */
  readonly tracker: string;
  readonly dataDir: string;
  /** What others dial instead of what the tracker sees, `HOST:PORT`. */
  readonly advertise: string | undefined;
  readonly exitAtEnd: boolean;
  readonly debug: boolean;
  readonly logLevel: LogLevel;
  /** From a pipe: nothing but results and errors. */
  readonly quiet: boolean;
  /** How long connecting, and each command from a pipe, may take; without it, any time. */
  readonly timeLimitMs: number | undefined;
}

/** After so long without an answer of the tracker, one is told what is waited for. */
const PATIENCE_MS = 5000;
const STILL_CONNECTING = 'connecting: the tracker has not answered yet';

/** The parts of a process that the program works with. */
export type Surroundings = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'platform'>;

/**
 * Opens a client, runs commands from a terminal or a pipe, and closes it again.
 * @returns the exit code: 1 when a command of a script failed, or downloads were under way when the user left
 * @throws ShoalError what keeps the client from opening
 */
export async function runPeer(options: PeerOptions, around: Surroundings, stop: AbortSignal): Promise<number> {
  parseEndpoint(options.listen);
  let writeLog = (line: string): void => void around.stderr.write(`${printable(line)}\n`);
  const client = new ShoalClient({
    listen: options.listen,
    tracker: options.tracker,
    dataDir: options.dataDir,
    ...(options.advertise !== undefined && { advertise: options.advertise }),
    logger: createLogger(options.logLevel, (line) => writeLog(line)),
  });
  try {
    const connecting = new AbortController();
    const signal = AbortSignal.any([stop, connecting.signal]);
    const patience = setTimeout(() => options.quiet || writeLog(STILL_CONNECTING), PATIENCE_MS);
    await withinLimit(options.timeLimitMs, connecting, client.connect({ signal }))
      .catch((error: unknown) => {
        throw inTermsOfOptions(error);
      })
      .finally(() => clearTimeout(patience));
    const onScreen = (print: (line: string) => void) => {
      if (around.stderr.isTTY) writeLog = print;
    };
    return await untilInputFails(around.stdin, stop, (end) => runSession(client, options, around, end, onScreen));
  } finally {
    await client.close();
  }
}

/** A second peer on one computer is usual, and has to know how that is done. */
function inTermsOfOptions(error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.code !== 'DATA_DIR_IN_USE') return error;
  const hint = 'A second peer on this computer needs its own data folder: --data DIR.';
  return new ShoalError(error.code, `${error.message} ${hint}`, { cause: error });
}

/** Runs a session, which ends in order when what it reads from fails. @throws ShoalError why it failed, but for a terminal that is gone */
async function untilInputFails<T>(
  input: Surroundings['stdin'],
  stop: AbortSignal,
  run: (end: AbortSignal) => Promise<T>,
): Promise<T> {
  const failed = new AbortController();
  let why: Error | undefined;
  const onError = (error: Error) => {
    why ??= error;
    setImmediate(() => failed.abort()); // it may come out of what the end itself does
  };
  input.on('error', onError); // it stays: a terminal that is gone fails again when its mode is set back
  const result = await run(AbortSignal.any([stop, failed.signal]));
  if (why && !input.isTTY) throw ShoalError.from(why);
  return result;
}

async function runSession(
  client: ShoalClient,
  options: PeerOptions,
  { stdin, stdout, stderr, env, platform }: Surroundings,
  stop: AbortSignal,
  onScreen: (print: (line: string) => void) => void,
): Promise<number> {
  const quoting = quotingOf(platform);
  const { debug, dataDir } = options;
  const { host, port } = client.listenAddress ?? parseEndpoint(options.listen);
  const greeting = `Shoal ${VERSION}: pieces are served at ${formatEndpoint(host, port)}`;
  if (stdin.isTTY && stdout.isTTY && env.TERM !== 'dumb') {
    const color = !env.NO_COLOR;
    const hint = `${greeting}; help lists the commands`;
    const isLeftUndone = await runInteractive({
      client,
      input: stdin,
      output: stdout,
      quoting,
      color,
      debug,
      dataDir,
      greeting: hint,
      stop,
      onScreen,
    });
    return isLeftUndone ? 1 : 0;
  }
  const plain = new PlainDisplay(stdout, stderr, debug);
  const display = options.quiet ? quietly(plain) : plain;
  const shell = new Shell({ client, display, quoting, timeLimitMs: options.timeLimitMs });
  display.notice(greeting);
  announce({
    client,
    quoting,
    show: (text, kind) => display.notice(text, kind),
    isReported: (download) => shell.reports(download),
  });
  await runScript({ client, shell, display, input: stdin, exitAtEnd: options.exitAtEnd, stop });
  return shell.failed ? 1 : 0;
}
