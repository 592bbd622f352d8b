import { ShoalError } from '@shoal/sdk/protocol';
import type { Problem } from '../contract/contract.js';
import { errorFrom } from './error-from.js';

/** A handle that emits its changes. */
interface Changing {
  on(event: 'progress', listener: () => void): unknown;
  off(event: 'progress', listener: () => void): unknown;
}

/** The part of the state that decides whether a transfer has ended. */
interface Standing {
  readonly state: string;
  readonly error: Problem | null;
}

/**
 * Resolves to the first result of `decide`, now or after a later change; rejects if the transfer fails or is cancelled.
 */
export function whenSettled<T>(
  handle: Changing,
  name: string,
  look: () => Standing,
  decide: () => T | undefined,
): Promise<T> {
  return quiet(
    new Promise<T>((resolve, reject) => {
      const isSettled = (): boolean => {
        const found = decide();
        const { state, error } = look();
        if (found !== undefined) resolve(found);
        else if (state === 'failed') reject(errorFrom(error));
        else if (state === 'cancelled') reject(new ShoalError('ABORTED', `The download of ${name} was cancelled.`));
        else return false;
        return true;
      };
      if (isSettled()) return;
      const onChange = () => {
        if (isSettled()) handle.off('progress', onChange);
      };
      handle.on('progress', onChange);
    }),
  );
}

/** As in the SDK, an unhandled rejection is not an error. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
