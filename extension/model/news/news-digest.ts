import type { Clock } from '../../throttle.js';
import type { NewsBook, Seen } from './news-book.js';

/** A burst is over when nothing came for this long … */
const QUIET_MS = 5000;
/** … or when it lasts this long. */
const LONGEST_BURST_MS = 30_000;
/** A group has at most one notification in this time. */
export const TOLD_EVERY_MS = 600_000;

interface Told {
  readonly toldMs: number;
  readonly toldAtMs: number;
}

const NEVER: Told = { toldMs: 0, toldAtMs: -Infinity };

interface DigestContext {
  readonly clock: Clock;
  /** These groups have news that a window may claim to tell, all in one notification. */
  announce(groupIds: readonly string[]): void;
}

/** Decides when unseen files are told: once for a burst in all groups, and rarely for each group. */
export class NewsDigest {
  readonly #book: NewsBook;
  readonly #context: DigestContext;
  readonly #told = new Map<string, Told>();
  /** Groups to announce. A group is announced again only after more news. */
  readonly #waiting = new Set<string>();
  #burst: { readonly firstMs: number; lastMs: number } | undefined;
  #cancel: (() => void) | undefined;

  /** @param told what an earlier digest knew; a time to come counts as now, because a clock may have been set */
  constructor(book: NewsBook, told: readonly Seen[], context: DigestContext) {
    this.#book = book;
    this.#context = context;
    const nowMs = context.clock.nowMs();
    for (const { groupId, toldMs, toldAtMs } of told)
      this.#told.set(groupId, { toldMs, toldAtMs: Math.min(toldAtMs, nowMs) });
  }

  /** When and what was told of a group last. */
  told(groupId: string): Told {
    return this.#told.get(groupId) ?? NEVER;
  }

  /** Files of a group may be unseen now. */
  review(groupId: string): void {
    if (!this.#hasUntold(groupId)) return;
    const nowMs = this.#context.clock.nowMs();
    this.#waiting.add(groupId);
    this.#burst ??= { firstMs: nowMs, lastMs: nowMs };
    this.#burst.lastMs = nowMs;
    this.#schedule();
  }

  /** A window asks to tell the news of groups. Returns those that no other window tells. */
  claim(groupIds: readonly string[]): string[] {
    const nowMs = this.#context.clock.nowMs();
    const granted = groupIds.filter((groupId) => this.#hasUntold(groupId) && this.#isFree(groupId, nowMs));
    for (const groupId of granted) {
      const toldMs = Math.max(...this.#book.unseen(groupId).map(({ atMs }) => atMs));
      this.#told.set(groupId, { toldMs, toldAtMs: nowMs });
    }
    return granted;
  }

  forget(groupId: string): void {
    this.#told.delete(groupId);
    this.#waiting.delete(groupId);
  }

  close(): void {
    this.#cancel?.();
  }

  #hasUntold(groupId: string): boolean {
    const { toldMs } = this.told(groupId);
    return this.#book.unseen(groupId).some(({ atMs }) => atMs > toldMs);
  }

  #isFree(groupId: string, nowMs: number): boolean {
    return nowMs >= this.told(groupId).toldAtMs + TOLD_EVERY_MS;
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#waiting.size === 0) return;
    const free = Math.min(...[...this.#waiting].map((groupId) => this.told(groupId).toldAtMs + TOLD_EVERY_MS));
    const { firstMs = -Infinity, lastMs = -Infinity } = this.#burst ?? {};
    const dueMs = Math.max(free, Math.min(lastMs + QUIET_MS, firstMs + LONGEST_BURST_MS));
    const { clock } = this.#context;
    this.#cancel = clock.later(() => this.#announce(), Math.max(0, dueMs - clock.nowMs()));
  }

  #announce(): void {
    this.#cancel = undefined;
    this.#burst = undefined;
    const nowMs = this.#context.clock.nowMs();
    for (const groupId of [...this.#waiting]) if (!this.#hasUntold(groupId)) this.#waiting.delete(groupId);
    const due = [...this.#waiting].filter((groupId) => this.#isFree(groupId, nowMs));
    for (const groupId of due) this.#waiting.delete(groupId);
    if (due.length > 0) this.#context.announce(due);
    this.#schedule();
  }
}
