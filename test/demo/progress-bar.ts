import type { DownloadProgress } from '@shoal/sdk';

const BAR_CELLS = 28;

/** One line that tells how far a download is: percent, speed, time to go, and pieces from each source. */
export function progressLine({ doneBytes, sizeBytes, bytesPerSecond, etaMs, sources }: DownloadProgress): string {
  const share = sizeBytes === 0 ? 1 : doneBytes / sizeBytes;
  const full = Math.round(share * BAR_CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
  const speed = bytesPerSecond > 0 ? `${(bytesPerSecond / 1e6).toFixed(0)} MB/s` : '';
  const eta = etaMs !== undefined && etaMs > 0 ? `ETA ${(etaMs / 1000).toFixed(1)} s` : '';
  const pieces = sources.map((source) => `${source.userId} ${source.pieces}`).join(', ');
  return `  ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${speed.padStart(9)}  ${eta.padEnd(9)}  pieces: ${pieces}`;
}

/** Draws a line over the one before on a terminal; elsewhere only the last one is written. */
export class LiveLine {
  #last = '';

  draw(text: string): void {
    this.#last = text;
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${text.slice(0, (process.stdout.columns ?? 80) - 1)}`);
  }

  end(): void {
    process.stdout.write(process.stdout.isTTY ? '\n' : `${this.#last}\n`);
  }
}
