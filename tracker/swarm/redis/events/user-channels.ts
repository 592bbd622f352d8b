import { nameKey } from '@shoal/sdk/protocol';
import { userChannel } from '../cluster/keys.js';

type ByChannel = ReadonlyMap<number, readonly string[]>;

/** The users of lists by their channels. That is kept as long as the list, because one list of members is used for many events. */
export class UserChannels {
  readonly #known = new WeakMap<readonly string[], ByChannel>();

  of(userIds: readonly string[]): ByChannel {
    const known = this.#known.get(userIds);
    if (known) return known;
    const byChannel = new Map<number, string[]>();
    for (const userId of userIds) {
      const channel = userChannel(nameKey(userId));
      const ofChannel = byChannel.get(channel);
      if (ofChannel) ofChannel.push(userId);
      else byChannel.set(channel, [userId]);
    }
    this.#known.set(userIds, byChannel);
    return byChannel;
  }
}
