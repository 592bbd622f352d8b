import type { ErrorCode } from '../../protocol/index.js';
import type { ConnectMode } from '../network-messages.js';
import type { PeerPath } from '../progress.js';
import type { Way } from './ladder.js';

/** How each way of a search ended; absent if it was not tried or is still under way. */
export type Failures = Partial<Record<Way, { readonly code?: ErrorCode; readonly message: string }>>;

/** The circumstances of a search for a stream. */
export interface Circumstances {
  readonly connect: ConnectMode;
  readonly meets: boolean;
  readonly failures: Failures;
}

/** One sentence that says why a peer is reached this way. */
export function whyThisWay(path: Exclude<PeerPath, 'none'>, { connect }: Circumstances): string {
  switch (path) {
    case 'lan':
      return 'This device dialled it in the own network.';
    case 'direct':
      return 'This device dialled it.';
    case 'back':
      return 'It cannot be dialled, so it dialled this device.';
    case 'punched':
      return 'Neither device can be dialled alone, so both dialled at the same time.';
    case 'relay':
      return connect === 'relay'
        ? 'The setting allows the relay only.'
        : 'Neither device can dial the other, so the tracker relays.';
  }
}

/** One sentence that says why a peer is not reached. */
export function whyNoWay({ connect, meets, failures }: Circumstances): string {
  if (!meets)
    return connect === 'relay'
      ? 'The setting allows the relay only, and it or the tracker offers none.'
      : 'It does not answer, and it cannot be asked to call back.';
  if (connect === 'direct') return 'It does not answer, and the setting allows no relay.';
  const { relay } = failures;
  if (relay?.code === 'RELAY_LIMITED')
    return 'It can be reached through the relay only, and the relay is used up for now.';
  return connect === 'relay'
    ? 'It did not come to the relay.'
    : 'It does not answer, and it did not come to the relay.';
}

export const WHY_SEARCHING = 'This device looks for a way to it.';
