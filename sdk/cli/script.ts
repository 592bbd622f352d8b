import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ShoalError, type ShoalEvents } from '../index.js';
import type { PeerClient } from './client.js';
import type { Display } from './display/display.js';
import { ProgressLog } from './display/progress-log.js';
import { DownloadTicker } from './display/ticker.js';
import type { Shell } from './shell.js';
import { leavingText, underWay } from './texts/download-text.js';

const PROGRESS_INTERVAL_MS = 2000;

export interface ScriptOptions {
  readonly client: PeerClient;
  readonly shell: Shell;
  readonly display: Display;
  readonly input: Readable;
  /** Exit at the end of the input, instead of serving until stopped. */
  readonly exitAtEnd: boolean;
  /** Aborted when the program is to end. */
  readonly stop: AbortSignal;
}

/** Runs commands from a file or a pipe, one after the other. */
export async function runScript({ client, shell, display, input, exitAtEnd, stop }: ScriptOptions): Promise<void> {
  const progress = new ProgressLog((text) => display.notice(text));
  const ticker = new DownloadTicker(client, PROGRESS_INTERVAL_MS, (inFlight) =>
    progress.tell(inFlight, performance.now()),
  );
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('error', () => {}); // the input's, of which whoever gave it hears, too
  const onStop = () => {
    shell.interrupt();
    lines.close();
  };
  stop.addEventListener('abort', onStop);
  // Without a session, nothing is served and waiting for a signal is pointless.
  let ended: ShoalError | undefined;
  const onEnded = ({ reason }: Ended) => {
    ended = endedError(reason);
  };
  client.on('sessionEnded', onEnded);
  try {
    let isFirst = true;
    for await (const line of lines) {
      if (stop.aborted) break;
      await shell.execute(isFirst ? line.replace(/^\ufeff/, '') : line);
      isFirst = false;
      if (client.userId !== undefined) ended = undefined; // signed in again
      if (shell.left) return;
    }
    if (stop.aborted) return;
    if (exitAtEnd) {
      const left = leavingText(client);
      if (left !== '') display.notice(`end of input, exiting: ${left}`, 'trouble');
      if (underWay(client).length > 0) shell.leavesUndone();
      return;
    }
    display.notice('end of input: serving until stopped (with --exit, the program exits here)');
    const error = ended ?? (await untilEnded(client, stop));
    if (error) shell.fail(error);
  } finally {
    stop.removeEventListener('abort', onStop);
    client.off('sessionEnded', onEnded);
    lines.close();
    ticker.stop();
  }
}

type Ended = ShoalEvents['sessionEnded'][0];

/** Serves until it is stopped, or until the session has ended; then returns why. */
async function untilEnded(client: PeerClient, stop: AbortSignal): Promise<ShoalError | undefined> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  let error: ShoalError | undefined;
  const onEnded = ({ reason }: Ended) => {
    error = endedError(reason);
    over.abort();
  };
  client.on('sessionEnded', onEnded);
  try {
    if (!signal.aborted) await once(signal, 'abort');
    return error;
  } finally {
    client.off('sessionEnded', onEnded);
  }
}

function endedError(reason: Ended['reason']): ShoalError {
  return reason === 'replaced'
    ? new ShoalError(
        'DEVICE_REPLACED',
        'This device signed in elsewhere, from a copy of its data folder or from another process: give each of them its own data folder.',
      )
    : new ShoalError('NOT_LOGGED_IN', 'Your session has expired: log in again.');
}
