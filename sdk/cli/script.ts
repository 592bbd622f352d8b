import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { PeerClient } from './client.js';
import type { Display } from './display.js';
import { ProgressLog } from './progress-log.js';
import type { Shell } from './shell.js';
import { DownloadTicker } from './ticker.js';

const PROGRESS_INTERVAL_MS = 2000;

export interface ScriptOptions {
  readonly client: PeerClient;
  readonly shell: Shell;
  readonly display: Display;
  readonly input: Readable;
  /** Leave at the end of the input; else stay and serve until stopped. */
  readonly exitAtEnd: boolean;
  /** Given when the program is to end. */
  readonly stop: AbortSignal;
}

/** Commands from a file or a pipe, in order, each begun when the one before it is over. */
export async function runScript({ client, shell, display, input, exitAtEnd, stop }: ScriptOptions): Promise<void> {
  const progress = new ProgressLog((text) => display.notice(text));
  const ticker = new DownloadTicker(client, PROGRESS_INTERVAL_MS, (inFlight) => progress.tell(inFlight, Date.now()));
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('error', () => {}); // the input's, of which whoever gave it hears, too
  const onStop = () => {
    shell.interrupt();
    lines.close();
  };
  stop.addEventListener('abort', onStop);
  try {
    let isFirst = true;
    for await (const line of lines) {
      if (stop.aborted) break;
      await shell.execute(isFirst ? line.replace(/^\ufeff/, '') : line);
      isFirst = false;
      if (shell.left) return;
    }
    if (exitAtEnd || stop.aborted) return;
    display.notice('end of input: serving until stopped (--exit leaves here)');
    await once(stop, 'abort');
  } finally {
    stop.removeEventListener('abort', onStop);
    lines.close();
    ticker.stop();
  }
}
