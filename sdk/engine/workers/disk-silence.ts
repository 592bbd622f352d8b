import { ShoalError } from '../../protocol/index.js';

/** A disk of which nothing is heard for so long while something is asked of it does not answer. */
export const SILENT_MS = 10_000;

export function diskUnavailable(mount: string | undefined): ShoalError {
  return new ShoalError('DISK_UNAVAILABLE', `The disk at ${mount} does not answer: try again when it does.`);
}

/** Tells when nothing is heard for so long, while something is waited for. */
export class SilenceWatch {
  readonly #silentMs: number;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(silentMs: number, onSilence: () => void) {
    this.#silentMs = silentMs;
    this.#onSilence = onSilence;
  }

  /** Something was heard, or is waited for from now on. */
  restart(isWaiting: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = isWaiting ? setTimeout(this.#onSilence, this.#silentMs) : undefined;
  }
}

/** What a disk answers; it is waited for no longer than a disk may be silent. @throws ShoalError `DISK_UNAVAILABLE` */
export async function unlessSilent<T>(mount: string, answer: Promise<T>, silentMs = SILENT_MS): Promise<T> {
  let watch: SilenceWatch | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    watch = new SilenceWatch(silentMs, () => reject(diskUnavailable(mount)));
    watch.restart(true);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    watch?.restart(false);
  }
}
