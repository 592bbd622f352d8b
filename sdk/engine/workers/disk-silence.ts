import { ShoalError } from '../../protocol/index.js';

/** A disk that is silent for this long during a call does not answer. */
export const SILENT_MS = 10_000;

export function diskUnavailable(mount: string | undefined): ShoalError {
  return new ShoalError('DISK_UNAVAILABLE', `The disk at ${mount} does not answer: try again when it does.`);
}

/** Reports when nothing was heard for the time limit, while something is awaited. */
export class SilenceWatch {
  readonly #silentMs: number;
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(silentMs: number, onSilence: () => void) {
    this.#silentMs = silentMs;
    this.#onSilence = onSilence;
  }

  /** Restarts the time limit, or stops it if nothing is awaited. */
  restart(isWaiting: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = isWaiting ? setTimeout(this.#onSilence, this.#silentMs) : undefined;
  }
}

/** Waits for the answer of a disk, up to the time limit. @throws ShoalError `DISK_UNAVAILABLE` */
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
