import { WeightedFairQueue } from '../../transfer/index.js';
import type { DownloadPace } from '../messages.js';
import type { Limited, Limiter } from './limiter.js';

/**
 * The downloads of one folder: its small files and each of its large ones. The outer limiter treats them as one download, with one limit
 * and one priority. Within the group they share the rate evenly.
 */
export class LimiterGroup implements Limiter, Limited {
  readonly #outer: Limiter;
  readonly #members = new WeightedFairQueue<Limited>();

  constructor(outer: Limiter, pace: DownloadPace) {
    this.#outer = outer;
    outer.set(this, pace);
  }

  setPace(pace: DownloadPace): void {
    this.#outer.set(this, pace);
  }

  /** The folder download ended. */
  close(): void {
    this.#outer.remove(this);
  }

  /** A member has no limit or priority of its own. */
  set(member: Limited): void {
    this.#members.set(member, 1);
    if (this.rateOf() === undefined) member.askAll();
    this.pump();
  }

  remove(member: Limited): void {
    this.#members.remove(member);
  }

  rateOf(): number | undefined {
    return this.#outer.rateOf(this);
  }

  pump(): void {
    this.#outer.pump();
  }

  ask(maxBytes: number): number {
    for (const member of this.#members.inTurn()) {
      const asked = member.ask(maxBytes);
      if (asked === 0) continue;
      this.#members.charge(member, asked);
      return asked;
    }
    return 0;
  }

  askAll(): void {
    for (const member of this.#members.inTurn()) member.askAll();
  }
}
