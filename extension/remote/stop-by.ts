import { onAbort } from '@shoal/sdk/program';

const OVER: ReadonlySet<string> = new Set(['complete', 'cancelled']);

interface Stoppable {
  readonly state: { readonly name: string };
  on(event: 'state', listener: () => void): unknown;
  cancel(): Promise<void>;
}

/** As the SDK's: a download hears of the signal for as long as it is not over, and one that failed is not. */
export function stopBy(signal: AbortSignal | undefined, download: Stoppable): void {
  const stop = () => void download.cancel().catch(() => {}); // it ended meanwhile
  if (signal?.aborted) stop();
  const end = onAbort(signal, stop);
  const look = () => {
    if (OVER.has(download.state.name)) end();
  };
  download.on('state', look);
  look();
}
