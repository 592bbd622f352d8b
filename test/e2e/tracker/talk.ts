import { MAX_KEPT_VERSIONS } from '../../../sdk/protocol/index.js';
import type { RawClient } from '../../tracker/raw-client.js';

interface Sent {
  readonly sentMs: number;
  readonly heardBy: Set<RawClient>;
  /** When the last one heard it. */
  completeMs: number | undefined;
}

/**
 * The owner of a group changes one of its settings again and again, and each member should hear of each change. The value of the
 * setting tells the changes apart.
 */
export class Talk {
  readonly groupId: string;
  readonly #owner: RawClient;
  readonly #members: readonly RawClient[];
  readonly #sent = new Map<number, Sent>();
  #value = 0;

  constructor(groupId: string, owner: RawClient, members: readonly RawClient[]) {
    this.groupId = groupId;
    this.#owner = owner;
    this.#members = members;
    for (const member of members)
      member.onEvent((event, payload) => {
        if (event === 'groupChanged') this.#hear(member, payload);
      });
  }

  /** Forgets what was said before. */
  begin(): void {
    this.#sent.clear();
  }

  /** Sends one event. Returns the code of the answer. */
  say(): Promise<string> {
    this.#value = (this.#value % MAX_KEPT_VERSIONS) + 1;
    this.#sent.set(this.#value, { sentMs: performance.now(), heardBy: new Set(), completeMs: undefined });
    return this.#owner.outcome('changeGroup', { groupId: this.groupId, keepVersions: this.#value });
  }

  /** Events sent before this time: those that not every member heard. */
  incompleteBefore(timeMs: number): Sent[] {
    return this.#before(timeMs).filter(({ completeMs }) => completeMs === undefined);
  }

  /** When every member had heard the first event after which none was lost; undefined if there is none yet. */
  rightSinceMs(timeMs: number): number | undefined {
    const sent = this.#before(timeMs);
    return sent[sent.findLastIndex(({ completeMs }) => completeMs === undefined) + 1]?.completeMs;
  }

  /** Members who have not heard an event. */
  membersWithout({ heardBy }: Sent): RawClient[] {
    return this.#members.filter((member) => !heardBy.has(member));
  }

  #before(timeMs: number): Sent[] {
    return [...this.#sent.values()].filter(({ sentMs }) => sentMs < timeMs);
  }

  #hear(member: RawClient, payload: unknown): void {
    if (!isChange(payload) || payload.groupId !== this.groupId) return;
    const sent = this.#sent.get(payload.keepVersions);
    if (!sent) return;
    sent.heardBy.add(member);
    if (sent.heardBy.size === this.#members.length) sent.completeMs ??= performance.now();
  }
}

function isChange(payload: unknown): payload is { groupId: string; keepVersions: number } {
  return typeof payload === 'object' && payload !== null && 'groupId' in payload && 'keepVersions' in payload;
}
