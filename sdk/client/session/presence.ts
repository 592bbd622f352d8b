import { MAX_ANNOUNCE_ITEMS } from '../../protocol/index.js';
import { contentOf } from '../library/records/library-share.js';
import type { Caller } from '../tracker/tracker-calls.js';

/** Content in a group. */
interface Holding {
  readonly groupId: string;
  readonly manifestId: string;
}

/** Content whose announcement the tracker refused, and the code that says why. */
export interface RefusedHolding extends Holding {
  readonly code: string;
}

interface Held extends Holding {
  /** A complete file is served. */
  isWhole: boolean;
  /** Downloads in progress, which serve their pieces. */
  readonly parts: Set<object>;
}

type Standing = 'whole' | 'part';

/**
 * What this device serves, and what the tracker knows of it. Only changes are sent. A device with a complete file is
 * announced as a complete source, whatever its downloads of the same content do.
 */
export class Presence {
  /** Receives refused announcements. */
  onRefused: (holdings: readonly RefusedHolding[]) => void = () => {};
  readonly #call: Caller['call'];
  readonly #held = new Map<string, Held>();
  readonly #told = new Map<string, Standing>();
  /** Content whose announced state may be outdated. */
  readonly #dirty = new Map<string, Holding>();
  #telling = Promise.resolve();

  constructor(call: Caller['call']) {
    this.#call = call;
  }

  isWhole(holding: Holding): boolean {
    return this.#held.get(contentOf(holding))?.isWhole === true;
  }

  whole(holding: Holding): void {
    this.#of(holding).isWhole = true;
    this.#changed(holding);
  }

  /** No complete file of the content is served any more. */
  notWhole(holding: Holding): void {
    const held = this.#held.get(contentOf(holding));
    if (held) held.isWhole = false;
    this.#changed(holding);
  }

  /** A download is in progress, and serves its pieces. */
  part(holding: Holding, download: object): void {
    this.#of(holding).parts.add(download);
    this.#changed(holding);
  }

  notPart(holding: Holding, download: object): void {
    this.#held.get(contentOf(holding))?.parts.delete(download);
    this.#changed(holding);
  }

  /** The tracker already knows from another call that this device has the complete content. */
  registered(holding: Holding): void {
    this.#told.set(contentOf(holding), 'whole');
    this.#changed(holding);
  }

  /** A share of the content ended, so that the tracker may have dropped it. */
  unregistered(holding: Holding): void {
    this.#told.delete(contentOf(holding));
    this.#changed(holding);
  }

  /** The connection was lost, and with it the tracker's state of this device. */
  forgotten(): void {
    this.#told.clear();
    for (const [key, held] of this.#held) this.#dirty.set(key, held);
  }

  /** Sends the changes. If a change cannot be sent, the next call sends it. @throws ShoalError */
  tell(): Promise<void> {
    this.#telling = this.#telling.catch(() => {}).then(() => this.#tell()); // the earlier caller handles that failure
    return this.#telling;
  }

  async #tell(): Promise<void> {
    while (this.#dirty.size > 0) {
      const batch: [string, Holding][] = [];
      for (const one of this.#dirty) if (batch.push(one) >= MAX_ANNOUNCE_ITEMS) break;
      for (const [key] of batch) this.#dirty.delete(key);
      try {
        await this.#tellBatch(batch.map(([, holding]) => holding));
      } catch (error) {
        for (const [key, holding] of batch) this.#dirty.set(key, holding);
        throw error;
      }
    }
  }

  async #tellBatch(holdings: readonly Holding[]): Promise<void> {
    const announced = new Map<string, Holding & { complete: boolean }>();
    const withdrawn: Holding[] = [];
    for (const { groupId, manifestId } of holdings) {
      const key = contentOf({ groupId, manifestId });
      const standing = this.#standing(key);
      if (standing === this.#told.get(key)) continue;
      if (standing) announced.set(key, { groupId, manifestId, complete: standing === 'whole' });
      else withdrawn.push({ groupId, manifestId });
    }
    if (withdrawn.length > 0) await this.#call('withdraw', { items: withdrawn });
    for (const holding of withdrawn) this.#told.delete(contentOf(holding));
    if (announced.size === 0) return;
    const { refused } = await this.#call('announce', { items: [...announced.values()] });
    for (const [key, { complete }] of announced) this.#told.set(key, complete ? 'whole' : 'part');
    for (const holding of refused) this.#told.delete(contentOf(holding));
    if (refused.length > 0) this.onRefused(refused);
  }

  #standing(key: string): Standing | undefined {
    const held = this.#held.get(key);
    if (!held) return undefined;
    return held.isWhole ? 'whole' : held.parts.size > 0 ? 'part' : undefined;
  }

  #of(holding: Holding): Held {
    const key = contentOf(holding);
    const { groupId, manifestId } = holding;
    const held = this.#held.get(key) ?? { groupId, manifestId, isWhole: false, parts: new Set() };
    this.#held.set(key, held);
    return held;
  }

  #changed({ groupId, manifestId }: Holding): void {
    const key = contentOf({ groupId, manifestId });
    if (this.#standing(key) === undefined) this.#held.delete(key);
    if (this.#standing(key) === this.#told.get(key)) this.#dirty.delete(key);
    else this.#dirty.set(key, { groupId, manifestId });
  }
}
