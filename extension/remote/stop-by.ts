import { onAbort } from '@shoal/sdk/program';

const OVER: ReadonlySet<string> = new Set(['complete', 'cancelled']);

interface Stoppable {
  readonly state: { readonly name: string };
  on(event: 'state', listener: () => void): unknown;
  cancel(): Promise<void>;
}

/** As in the SDK: a signal affects a download until it has ended; a failed one has not ended. */
export function stopBy(signal: AbortSignal | undefined, download: Stoppable): void {
  const stop = () => void download.cancel().catch(() => {}); // the job ended meanwhile
  if (signal?.aborted) stop();
  const end = onAbort(signal, stop);
  const look = () => {
    if (OVER.has(download.state.name)) end();
  };
  download.on('state', look);
  look();
}
