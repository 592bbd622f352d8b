import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CONNECT_MODES, type ConnectMode, type DigestAlgorithm, ShoalError, VERSION } from '../index.js';
import { defaultDataDir } from './data-dir.js';
import { errorLines } from './display/display.js';
import { LOG_LEVELS, type LogLevel } from './display/log.js';
import { inspect } from './inspect.js';
import { runPeer, type Surroundings } from './peer.js';
import { printable } from './texts/text.js';

/** Exit code if the program cannot start. */
const CANNOT_BEGIN = 2;

/** Three weeks; timers have an upper bound. */
const LONGEST_TIMEOUT_MS = 21 * 24 * 3600 * 1000;

const HELP = `
At a terminal, the program prompts for commands; "help" lists them. From a pipe or a file, it reads one command a line.
It answers each on standard output with one line (a list: a line with the number of entries, then one line an entry,
with tabs between its cells; a failure: "error CODE: why"). News and progress go to standard error, progress in one line
every two seconds; --quiet omits both. Lines that begin with # are ignored.
With --timeout, a command that takes longer fails with TIMEOUT, and the next one begins. Downloads continue, except for
one that had not begun.
At the end of the input, the program keeps serving until SIGTERM or SIGINT, unless "quit" or --exit ends it. The exit
code is 1 if a command or an awaited download failed, if quit or --exit ended the program during a download
(wait_downloads waits for all of them), or if results cannot be written. It is 2 if the program could not start.

Put a word with spaces in quotes: upload_file "My file.txt" lab. Except on Windows, a backslash escapes the next
character of a word; in "double" quotes, only a quote or a backslash; in 'single' quotes, nothing. A password is used
literally, including quotes and backslashes, as at the prompt for it; put only a password with spaces, or with a leading
quote, in quotes. Accented letters are the same letters however they are typed.

  shoal 192.0.2.7:7001 tracker_info.txt
  shoal 127.0.0.1:0 tracker_info.txt --data ~/shoal-peer --exit < commands.txt
  shoal 127.0.0.1:0 tracker_info.txt --quiet --timeout 600 --exit < fetch-all.txt
  shoal inspect payload.bin --json
`;

/** Runs the program until it ends or `stop` is aborted. @returns the exit code */
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
    .argument(
      '<IP:PORT>',
      'address at which this peer serves pieces; port 0 takes a free port, and [::]:0 the same one on every network each time',
    )
    .argument('<tracker>', 'a tracker_info.txt (line n: "<IP> <PORT> [FINGERPRINT]"), or wss://HOST:PORT[#FINGERPRINT]')
    .option(
      '--data <dir>',
      "this device's key, shares, downloads and history",
      defaultDataDir(around.platform, around.env),
    )
    .option(
      '--advertise <HOST[:PORT]>',
      'address that others dial, if the tracker sees another one (behind a port forward)',
    )
    .addOption(
      new Option(
        '--connect <mode>',
        'ways to others: auto (all), direct (all but the relay of the tracker), relay (nothing else)',
      )
        .choices(CONNECT_MODES)
        .default('auto'),
    )
    .addOption(
      new Option('--port-mapping <on|off>', 'let the router open a port for this peer by PCP, NAT-PMP or UPnP')
        .choices(['on', 'off'])
        .default('on'),
    )
    .option('--exit', 'exit at the end of the input')
    .option('--quiet', 'from a pipe or a file: print only results and errors')
    .addOption(
      new Option(
        '--timeout <seconds>',
        'time for the connection, and then for each command from a pipe or a file',
      ).argParser(toMilliseconds),
    )
    .option('--debug', 'print stack traces, and log everything')
    .addOption(
      new Option('--log-level <level>', 'level of the log on standard error (default: "error")').choices(LOG_LEVELS),
    )
    .version(VERSION, '-V, --version')
    .addHelpText('after', HELP)
    .action((listen: string, tracker: string, options: RawOptions) => runRoot(listen, tracker, options));

  async function runRoot(listen: string, tracker: string, options: RawOptions): Promise<void> {
    const { data: dataDir, advertise, connect, exit, quiet, timeout: timeLimitMs, debug, logLevel } = options;
    const portMapping = options.portMapping === 'on';
    const switches = { exitAtEnd: exit === true, quiet: quiet === true, debug: debug === true };
    const level = logLevel ?? (debug ? 'debug' : 'error');
    const ways = { advertise, connect, portMapping };
    const peer = { listen, tracker, dataDir, ...ways, timeLimitMs, logLevel: level, ...switches };
    exitWith(await runPeer(peer, around, stop));
  }

  program
    .command('inspect')
    .description('print the size, the pieces and the digests of a file')
    .argument('<file>')
    .option('--json', 'print one JSON object')
    .addOption(new Option('--algorithm <name>', 'digest algorithm').choices(['sha1', 'sha256']).default('sha1'))
    .option('--debug', 'print stack traces')
    .action(async (file: string, { json, algorithm }: { json?: true; algorithm: DigestAlgorithm }) => {
      around.stdout.write(await inspect(file, { json: json === true, algorithm, signal: stop }));
    });

  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void around.stdout.write(text),
      writeErr: () => {}, // runProgram prints it in one line
    });
  }
  return program;
}

interface RawOptions {
  readonly data: string;
  readonly advertise?: string;
  readonly connect: ConnectMode;
  readonly portMapping: 'on' | 'off';
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
  throw new InvalidArgumentError(`Write seconds, at most ${LONGEST_TIMEOUT_MS / 1000}.`);
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
