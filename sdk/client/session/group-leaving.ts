import { atMost } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { LeaveResult } from '../api/results.js';
import { throwIfAborted } from '../util/abort.js';
import { isUnanswered } from '../util/unanswered.js';
import type { Session } from './session.js';

/** Time that a caller waits until the tracker confirms a leave, which has taken effect here already. */
const CONFIRM_WAIT_MS = 5000;

/** Codes which show that the user is no member. */
const NO_MEMBER: ReadonlySet<string> = new Set(['GROUP_NOT_FOUND', 'NOT_A_MEMBER']);

const NOBODY_NEW: LeaveResult = { dissolved: false, newOwnerId: null };

/** Leaves groups: here at once, and at the tracker when it answers. Until then the library has a record of the group. */
export class GroupLeaving {
  readonly #session: Session;
  #confirming: Promise<unknown> = Promise.resolve();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Tells the tracker that the user left a group, whose record is in the library.
   * @throws ShoalError the tracker's refusal: the leave is retried after the next connection
   */
  async tell(groupId: string, signal: AbortSignal | undefined): Promise<LeaveResult> {
    const telling = this.#one(groupId).catch((error: unknown) => ShoalError.from(error));
    this.#confirming = telling;
    const answer = await atMost(telling, CONFIRM_WAIT_MS, signal);
    throwIfAborted(signal);
    if (answer instanceof ShoalError && !isUnanswered(answer)) throw answer;
    return answer instanceof ShoalError || !answer ? NOBODY_NEW : answer;
  }

  /** Tells the tracker of all groups that it has not confirmed. A failure is logged, and retried with the next call. */
  async confirmAll(): Promise<void> {
    await this.#confirming;
    for (const { groupId } of this.#session.account.leftGroups.list) {
      await this.#one(groupId).catch((error: unknown) => {
        this.#session.logger.debug(`${groupId} is left at the tracker later: ${ShoalError.from(error).message}`);
      });
    }
  }

  async #one(groupId: string): Promise<LeaveResult> {
    const { account, library } = this.#session;
    let result = NOBODY_NEW;
    try {
      result = await this.#session.call('leaveGroup', { groupId });
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (!NO_MEMBER.has(error.code)) throw error;
    }
    account.leftGroups.remove(groupId);
    await library.durable();
    return result;
  }
}
