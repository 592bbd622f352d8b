import { ShoalError } from '../index.js';
import { endsByHangup, exit } from '../program/index.js';
import { errorLines } from './display/display.js';
import { Delivery, lostOutput } from './display/output.js';
import { runProgram } from './program.js';
import { printable } from './texts/text.js';

const STOPPED_TWICE = 130;
const BROKEN = 1;
/** Exit code if results are lost. */
const OUTPUT_LOST = 1;

const stop = new AbortController();

/** The first signal ends the program in order, the second one at once. */
function onSignal(): void {
  if (stop.signal.aborted) exit(STOPPED_TWICE);
  stop.abort();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
process.on('SIGHUP', () => {
  if (endsByHangup) stop.abort(); // the signal may arrive twice, from the terminal and from the shell
});
const results = new Delivery(process.stdout, () => stop.abort());
process.stderr.on('error', () => {}); // nobody reads the notices: no reason to stop
process.on('uncaughtException', (error) => {
  report(ShoalError.from(error));
  exit(BROKEN);
});

// A pipe may still contain output, and an open standard input would keep the process alive.
void runProgram(process.argv.slice(2), process, stop.signal).then(async (exitCode) => {
  const lost = await results.settled();
  const error = lost && lostOutput(lost, process.stdout.isTTY);
  if (error) report(error);
  exit(lost ? Math.max(exitCode, OUTPUT_LOST) : exitCode);
});

function report(error: ShoalError): void {
  const lines = errorLines(error, process.argv.includes('--debug'));
  process.stderr.write(lines.map((line) => `${printable(line)}\n`).join(''));
}
