import { endsByHangup, exit } from '@shoal/sdk/program';
import { ShoalError } from '@shoal/sdk/protocol';
import { pino } from 'pino';
import { halfShared, namesAnother, welcome } from './program/banner.js';
import { LogStream } from './program/log-stream.js';
import { logText } from './program/log-text.js';
import { migrate } from './program/migrate.js';
import { readInvocation } from './program/options.js';
import { isReaderGone, print } from './program/print.js';
import { rotateKeys } from './program/rotate-keys.js';
import { relayLimits } from './server/budgets/limits.js';
import { startTracker, type Tracker } from './tracker.js';

/** The program `shoal-tracker`. */
async function main(): Promise<void> {
  process.stderr.on('error', () => {}); // a log that cannot be written is no reason to end
  const [first, ...rest] = process.argv.slice(2);
  if (first === 'migrate-store') {
    await migrate(rest, process.env, fail);
    return;
  }
  if (first === 'rotate-keys') {
    await rotateKeys(rest, process.env);
    return;
  }
  const invocation = readInvocation(process.argv.slice(2), process.env);
  if (invocation.kind === 'print') {
    await print(invocation.text);
    return;
  }
  const { listen, announce, place, swarm, logLevel, logFormat, relayBytesPerSecond, named } = invocation;
  const isText = (logFormat ?? (process.stderr.isTTY ? 'text' : 'json')) === 'text';
  const logger = pino({ level: logLevel }, new LogStream(undefined, isText ? logText : undefined));
  const limits = relayBytesPerSecond === undefined ? {} : relayLimits(relayBytesPerSecond);
  const tracker = await startTracker({
    ...{ listen, ...place, logger, limits, onFolderLost: (error: ShoalError) => fail(error, 1) },
    ...(announce !== undefined && { announce }),
    ...(swarm !== undefined && { swarm }),
  });
  stopOnSignal(tracker);
  if (named && named.fingerprint !== tracker.fingerprint) {
    logger.warn({ file: named.file, line: named.number, named: named.fingerprint }, namesAnother(tracker));
  }
  const half = halfShared({ store: 'store' in place, swarm: swarm !== undefined });
  if (half) logger[half.level](half.text);
  await print(welcome(tracker, announce)).catch(async (error: unknown) => {
    await tracker.close();
    throw error;
  });
}

/** The first signal stops the tracker in order, the second one at once. */
function stopOnSignal(tracker: Tracker): void {
  let stopping = false;
  const stop = () => {
    if (stopping) exit(1);
    stopping = true;
    tracker.close().then(
      () => exit(0),
      (error: unknown) => fail(error, 1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    if (endsByHangup && !stopping) stop(); // the signal may arrive twice, from the terminal and from the shell
  });
}

function fail(thrown: unknown, exitCode: number): void {
  if (!isReaderGone(thrown)) {
    const error = ShoalError.from(thrown);
    process.stderr.write(`error ${error.code}: ${error.message.replaceAll('\n', ' ')}\n`);
  }
  exit(exitCode);
}

main().catch((error: unknown) => fail(error, 2));
