import { ShoalError } from '../index.js';
import { endsByHangup, exit } from '../program/index.js';
import { errorLines } from './display.js';
import { Delivery, lostOutput } from './output.js';
import { runProgram } from './program.js';
import { printable } from './text.js';

const STOPPED_TWICE = 130;
const BROKEN = 1;
/** Results that nobody got are no success. */
const OUTPUT_LOST = 1;

const stop = new AbortController();

/** The first time the program ends in order, the second time at once. */
function onSignal(): void {
  if (stop.signal.aborted) exit(STOPPED_TWICE);
  stop.abort();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
process.on('SIGHUP', () => {
  if (endsByHangup) stop.abort(); // it may come twice, from the terminal and from the shell
});
const results = new Delivery(process.stdout, () => stop.abort());
process.stderr.on('error', () => {}); // nobody reads the notices: no reason to stop
process.on('uncaughtException', (error) => {
  report(ShoalError.from(error));
  exit(BROKEN);
});

// What is written to a pipe may still be on its way, and an open standard input would keep the process.
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
