import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Store } from '../../../tracker/store/store.js';

/** More than any test creates. */
const ALL = { limit: 1000 };
const USERS = ['u0', 'u1', 'u2'];

const user = fc.constantFrom(...USERS);
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('create' as const, 'request' as const, 'leave' as const), who: user, whom: user }),
  fc.record({ kind: fc.constantFrom('accept' as const, 'reject' as const, 'remove' as const), who: user, whom: user }),
);

/** Steps that users try with one group. */
export const groupSteps = fc.array(step, { maxLength: 25 });

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A minimal model of the rules of one group: the members in order, the first owner of all. */
export class GroupModel {
  #members: string[] = [];
  #owner = '';
  #requests: string[] = [];
  #removals = 0;

  /** Does one step in the model and the store, and compares the outcomes. */
  async check(store: Store, groupId: string, taken: Step, nowMs: number): Promise<void> {
    const expected = this.#take(taken);
    const actual = await this.#takeReally(store, groupId, taken, nowMs);
    assert.equal(actual, expected, `${taken.kind} by ${taken.who} of ${taken.whom}`);
    const groups = await store.listGroups('u0', ALL);
    const group = groups.find((one) => one.groupId === groupId);
    assert.equal(group !== undefined, this.#members.length > 0);
    if (!group) return;
    assert.equal(group.ownerId, this.#owner);
    assert.deepEqual(
      (await store.listMembers(groupId)).map((member) => member.userId),
      this.#members,
    );
    assert.deepEqual(
      (await store.listRequests(groupId, this.#owner, ALL)).map((one) => one.userId).sort(),
      [...this.#requests].sort(),
    );
    if (this.#members.includes('u0')) assert.equal(group.epoch, 1_000_999_000 + this.#removals);
  }

  #take({ kind, who, whom }: Step): string {
    if (kind === 'create') {
      if (this.#members.length > 0) return 'GROUP_EXISTS';
      this.#members = [who];
      this.#owner = who;
      this.#removals = 0;
      return 'ok';
    }
    if (this.#members.length === 0) return 'GROUP_NOT_FOUND';
    if (kind === 'request') {
      if (this.#members.includes(who)) return 'ALREADY_A_MEMBER';
      if (this.#requests.includes(who)) return 'ALREADY_REQUESTED';
      this.#requests.push(who);
      return 'ok';
    }
    if (kind === 'leave') {
      if (this.#withdraw(who)) return 'ok';
      if (!this.#members.includes(who)) return 'NOT_A_MEMBER';
      this.#out(who);
      return 'ok';
    }
    if (who !== this.#owner) return 'NOT_THE_OWNER';
    if (kind === 'remove') {
      if (!this.#members.includes(whom)) return 'NOT_A_MEMBER';
      this.#out(whom);
      return 'ok';
    }
    if (!this.#withdraw(whom)) return 'REQUEST_NOT_FOUND';
    if (kind === 'accept') this.#members.push(whom);
    return 'ok';
  }

  async #takeReally(store: Store, groupId: string, { kind, who, whom }: Step, nowMs: number): Promise<string> {
    try {
      switch (kind) {
        case 'create':
          await store.createGroup(groupId, who, 1_000_999);
          break;
        case 'request':
          await store.requestToJoin(groupId, who, nowMs);
          break;
        case 'leave':
          await store.leaveGroup(groupId, who);
          break;
        case 'accept':
        case 'reject':
          await store.decideRequest(groupId, who, whom, kind === 'accept', nowMs);
          break;
        case 'remove':
          await store.removeMember(groupId, who, whom);
      }
      return 'ok';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }

  #withdraw(who: string): boolean {
    const index = this.#requests.indexOf(who);
    if (index >= 0) this.#requests.splice(index, 1);
    return index >= 0;
  }

  #out(who: string): void {
    this.#members = this.#members.filter((member) => member !== who);
    this.#removals++;
    if (this.#members.length === 0) this.#requests = [];
    if (this.#owner === who) this.#owner = this.#members[0] ?? '';
  }
}
