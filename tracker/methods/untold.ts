import { backOffMs } from '@shoal/sdk/program';
import { nameKey } from '@shoal/sdk/protocol';

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;
/** Groups that are remembered. A lost store leaves at most one for each request under way. */
const MAX_GROUPS = 20_000;

interface Parts {
  /** Tells the members of a group that they may have missed something. Rejects while the store is away. */
  readonly tell: (groupId: string) => Promise<void>;
  /** Called when a group is left out, or cannot be told yet. */
  readonly onTrouble: (what: string, error?: unknown) => void;
}

/**
 * Groups with a change that their members may not have heard of, because the store was lost before it could say who they
 * are, or whether the change was made. They are told when it is back.
 */
export class Untold {
  readonly #parts: Parts;
  readonly #groups = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  add(groupId: string): void {
    if (this.#groups.size >= MAX_GROUPS) {
      this.#parts.onTrouble(`the members of ${groupId} cannot be told of a change: too many groups wait for that`);
      return;
    }
    this.#groups.set(nameKey(groupId), groupId);
    this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#timer || this.#isClosed) return;
    const pauseMs = backOffMs(this.#failures, FIRST_PAUSE_MS, MAX_PAUSE_MS, Math.random);
    this.#timer = setTimeout(() => void this.#tellAll(), pauseMs).unref();
  }

  async #tellAll(): Promise<void> {
    try {
      for (const [key, groupId] of this.#groups) {
        this.#groups.delete(key); // a change from now on is told again
        await this.#parts.tell(groupId).catch((error: unknown) => {
          this.#groups.set(key, groupId);
          throw error;
        });
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      this.#parts.onTrouble('members cannot be told yet that they may have missed something', error);
    }
    this.#timer = undefined;
    if (this.#groups.size > 0) this.#wait();
  }
}
