import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type DigestAlgorithm, ShoalError, VERSION } from '../index.js';
import { defaultDataDir } from './data-dir.js';
import { errorLines } from './display.js';
import { inspect } from './inspect.js';
import { LOG_LEVELS, type LogLevel } from './log.js';
import { runPeer, type Surroundings } from './peer.js';
import { printable } from './text.js';

/** Wrong arguments, or something that keeps the program from beginning. */
const CANNOT_BEGIN = 2;

/** Three weeks: timers cannot take much more. */
const LONGEST_TIMEOUT_MS = 21 * 24 * 3600 * 1000;

const HELP = `
At a terminal it asks for commands; "help" lists them. From a pipe or a file it takes a command a line and
writes a line for each on standard output (a list: a line with the number, then one an entry, its cells parted
by tabs; a failure: "error CODE: why"), and all else on standard error: news, and progress in one line every two
seconds. --quiet leaves out both. Lines that begin with # are passed over.
With --timeout a command that takes longer fails with TIMEOUT, and the next one begins; downloads go on, but for one
that had not begun.
At the end of the input it stays and serves until it gets SIGTERM or SIGINT, unless told to leave by "quit" or
--exit. The exit code is 1 when a command, or a download that was waited for, failed, when it left by quit or --exit
with downloads under way (wait_downloads waits for them), or when results cannot be written; 2 when it could not begin.

Words with spaces stand in quotes: upload_file "My file.txt" lab. But on Windows, a backslash makes the next character
of a word ordinary, in "double" quotes only a quote or a backslash, in 'single' quotes none. A password is taken as it
stands, quotes and backslashes included, as when you are asked for it; only one with spaces, or with a quote in front,
stands in quotes. Accented letters are the same letters however they are typed.

  shoal 192.0.2.7:7001 tracker_info.txt
  shoal 127.0.0.1:0 tracker_info.txt --data ~/shoal-peer --exit < commands.txt
  shoal 127.0.0.1:0 tracker_info.txt --quiet --timeout 600 --exit < fetch-all.txt
  shoal inspect payload.bin --json
`;

/** Runs the program with these arguments, until it is done or `stop` is given. @returns its exit code */
export async function runProgram(args: readonly string[], around: Surroundings, stop: AbortSignal): Promise<number> {
  let exitCode = 0;
  const program = createProgram(around, stop, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0; // --help, --version
    const debug = args.includes('--debug');
    for (const line of errorLines(toShoalError(thrown), debug)) around.stderr.write(`${printable(line)}\n`);
    return CANNOT_BEGIN;
  }
}

function createProgram(around: Surroundings, stop: AbortSignal, exitWith: (code: number) => void): Command {
  const program = new Command('shoal')
    .description('Share files inside a group, peer to peer.')
    .argument('<IP:PORT>', 'where this peer serves pieces; port 0 takes any free one')
    .argument('<tracker>', 'a tracker_info.txt (line n: "<IP> <PORT> [FINGERPRINT]"), or wss://HOST:PORT[#FINGERPRINT]')
    .option(
      '--data <dir>',
      "this device's key, shares, downloads and history",
      defaultDataDir(around.platform, around.env),
    )
    .option(
      '--advertise <HOST:PORT>',
      'what others dial, where it is not what the tracker sees (behind a port forward)',
    )
    .option('--exit', 'leave at the end of the input')
    .option('--quiet', 'from a pipe or a file: results and errors only, no progress and no news')
    .addOption(
      new Option(
        '--timeout <seconds>',
        'how long connecting, and then each command from a pipe or a file, may take',
      ).argParser(toMilliseconds),
    )
    .option('--debug', 'stack traces with errors, and a log of everything')
    .addOption(
      new Option('--log-level <level>', 'what is logged on standard error (default: "error")').choices(LOG_LEVELS),
    )
    .version(VERSION, '-V, --version')
    .addHelpText('after', HELP)
    .action((listen: string, tracker: string, options: RawOptions) => runRoot(listen, tracker, options));

  async function runRoot(listen: string, tracker: string, options: RawOptions): Promise<void> {
    const { data: dataDir, advertise, exit, quiet, timeout: timeLimitMs, debug, logLevel } = options;
    const switches = { exitAtEnd: exit === true, quiet: quiet === true, debug: debug === true };
    const level = logLevel ?? (debug ? 'debug' : 'error');
    const peer = { listen, tracker, dataDir, advertise, timeLimitMs, logLevel: level, ...switches };
    exitWith(await runPeer(peer, around, stop));
  }

  program
    .command('inspect')
    .description('what a file is made of: its size, pieces and digests')
    .argument('<file>')
    .option('--json', 'as one JSON object')
    .addOption(new Option('--algorithm <name>', 'how it is digested').choices(['sha1', 'sha256']).default('sha1'))
    .option('--debug', 'stack traces with errors')
    .action(async (file: string, { json, algorithm }: { json?: true; algorithm: DigestAlgorithm }) => {
      around.stdout.write(await inspect(file, { json: json === true, algorithm, signal: stop }));
    });

  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void around.stdout.write(text),
      writeErr: () => {}, // said by runProgram, in one line
    });
  }
  return program;
}

interface RawOptions {
  readonly data: string;
  readonly advertise?: string;
  readonly exit?: true;
  readonly quiet?: true;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly debug?: true;
  readonly logLevel?: LogLevel;
}

function toMilliseconds(seconds: string): number {
  const milliseconds = /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : 0;
  if (milliseconds >= 1 && milliseconds <= LONGEST_TIMEOUT_MS) return milliseconds;
  throw new InvalidArgumentError(`Give seconds, ${LONGEST_TIMEOUT_MS / 1000} at most.`);
}

function toShoalError(thrown: unknown): ShoalError {
  if (!(thrown instanceof CommanderError)) return ShoalError.from(thrown);
  const why = thrown.message.replace(/^error: /, '').replace(/\s+/g, ' ');
  return new ShoalError(
    'USAGE',
    `${why.charAt(0).toUpperCase()}${why.slice(1)}${/[.?)]$/.test(why) ? '' : '.'} See shoal --help.`,
    { cause: thrown },
  );
}
