import { ShoalError } from '../index.js';
import { errorLines } from './display.js';
import { runProgram } from './program.js';
import { printable } from './text.js';

const STOPPED_TWICE = 130;
const BROKEN = 1;

const stop = new AbortController();

/** The first time the program ends in order, the second time at once. */
function onSignal(): void {
  if (stop.signal.aborted) process.exit(STOPPED_TWICE);
  stop.abort();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
process.stdout.on('error', () => stop.abort()); // nobody reads the results any more
process.stderr.on('error', () => {}); // nobody reads the notices: no reason to stop
process.on('uncaughtException', (error) => {
  const debug = process.argv.includes('--debug');
  process.stderr.write(
    errorLines(ShoalError.from(error), debug)
      .map((line) => `${printable(line)}\n`)
      .join(''),
  );
  process.exit(BROKEN);
});

void runProgram(process.argv.slice(2), process, stop.signal).then((exitCode) => {
  // What is written to a pipe may still be on its way, and an open standard input would keep the process.
  process.stdout.write('', () => process.exit(exitCode));
});
