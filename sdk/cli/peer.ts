import { type ConnectMode, formatEndpoint, parseEndpoint, ShoalClient, ShoalError, VERSION } from '../index.js';
import { quietly } from './display/display.js';
import { createLogger, type LogLevel } from './display/log.js';
import { PlainDisplay } from './display/plain-display.js';
import { runInteractive } from './interactive.js';
import { announce } from './notices.js';
import { runScript } from './script.js';
import { Shell } from './shell.js';
import { printable } from './texts/text.js';
import { quotingOf } from './texts/words.js';
import { withinLimit } from './time-limit.js';

export interface PeerOptions {
  /** Address at which this peer serves pieces: `HOST:PORT`. */
  readonly listen: string;
  /** The path of a `tracker_info.txt`, or `wss://host:port`. */
  readonly tracker: string;
  readonly dataDir: string;
  /** Address that others dial, if it differs from the one that the tracker sees: `HOST[:PORT]`. */
  readonly advertise: string | undefined;
  /** Ways to other devices. */
  readonly connect: ConnectMode;
  /** Whether the router may be asked to open a port. */
  readonly portMapping: boolean;
  readonly exitAtEnd: boolean;
  readonly debug: boolean;
  readonly logLevel: LogLevel;
  /** For a pipe: only results and errors. */
  readonly quiet: boolean;
  /** Time limit of the connection, and of each command from a pipe; undefined: none. */
  readonly timeLimitMs: number | undefined;
}

/** Time without an answer of the tracker until the program says what it waits for. */
const PATIENCE_MS = 5000;
const STILL_CONNECTING = 'connecting: the tracker has not answered yet';

/** The used parts of a process. */
export type Surroundings = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'platform'>;

/**
 * Opens a client, runs commands from a terminal or a pipe, and closes the client.
 * @returns the exit code: 1 if a command of a script failed, or if downloads were running at the end
 * @throws ShoalError if the client cannot open
 */
export async function runPeer(options: PeerOptions, around: Surroundings, stop: AbortSignal): Promise<number> {
  parseEndpoint(options.listen);
  let writeLog = (line: string): void => void around.stderr.write(`${printable(line)}\n`);
  const client = new ShoalClient({
    listen: options.listen,
    tracker: options.tracker,
    dataDir: options.dataDir,
    ...(options.advertise !== undefined && { advertise: options.advertise }),
    connect: options.connect,
    portMapping: options.portMapping,
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

/** Adds how to run a second peer on one computer, which is common. */
function inTermsOfOptions(error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.code !== 'DATA_DIR_IN_USE') return error;
  const hint = 'A second peer on this computer needs its own data folder: --data DIR.';
  return new ShoalError(error.code, `${error.message} ${hint}`, { cause: error });
}

/**
 * Runs a session, and ends it in order if its input fails. @throws ShoalError the error of the input, unless the
 * terminal is gone
 */
async function untilInputFails<T>(
  input: Surroundings['stdin'],
  stop: AbortSignal,
  run: (end: AbortSignal) => Promise<T>,
): Promise<T> {
  const failed = new AbortController();
  let why: Error | undefined;
  const onError = (error: Error) => {
    why ??= error;
    setImmediate(() => failed.abort()); // the error may result from the end itself
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
