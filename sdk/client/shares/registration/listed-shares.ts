import { setImmediate as turn } from 'node:timers/promises';
import { inParts, MAX_BATCH_FILES, MAX_PAGE_ROWS, NamesDigest, nameKey, ShoalError } from '../../../protocol/index.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import { keysOf } from '../../library/records/library-share.js';
import { listOwnShares } from '../../session/list-pages.js';
import type { Session } from '../../session/session.js';

/** Names that are digested or folded before the application has its turn. */
const NAMES_A_STEP = 1000;

interface ListedContext {
  /** Resolves when nothing is registered in the background any more. */
  settled(): Promise<void>;
  /** Registers shares again that the tracker does not list. */
  onUnlisted(shares: readonly LibraryShare[]): void;
}

/**
 * Compares what the tracker lists as shares of this device with the library. A tracker that was restored from a backup lists files that
 * were ended since, and has forgotten others.
 */
export class ListedShares {
  readonly #session: Session;
  readonly #context: ListedContext;
  #comparing: Promise<void> = Promise.resolve();

  constructor(session: Session, context: ListedContext) {
    this.#session = session;
    this.#context = context;
  }

  /**
   * Withdraws what the library ended, and registers what the tracker has forgotten. It costs one call if both agree. A library that may
   * have lost records withdraws nothing. A failure is logged; the next connection compares again.
   */
  compare(): Promise<void> {
    this.#comparing = this.#comparing
      .then(() => this.#context.settled())
      .then(() => this.#compare())
      .catch((error: unknown) => {
        const why = ShoalError.from(error).message;
        this.#session.logger.debug(`The shares are compared with the tracker's after the next connection: ${why}`);
      });
    return this.#comparing;
  }

  async #compare(): Promise<void> {
    if (!this.#session.offersOwnShares) return;
    const { completeness } = this.#session.account;
    let unknown = 0;
    let withdrawn = 0;
    for (const groupId of await this.#differing()) {
      const names = await this.#unknownIn(groupId);
      unknown += names.length;
      if (completeness.isComplete) withdrawn += await this.#withdraw(groupId, names);
    }
    if (unknown === 0) completeness.confirm();
    else if (!completeness.isComplete)
      this.#session.logger.warn(
        `The tracker lists ${unknown} shares of this device that its library does not know, and may have lost: share the files again, or remove them from their groups.`,
      );
    if (withdrawn === 0) return;
    const { presence } = this.#session;
    presence.forgotten(); // the tracker may have withdrawn contents that this device has under other names
    await presence.tell();
  }

  /** The groups in which the tracker lists other shares of this device than the library. */
  async #differing(): Promise<string[]> {
    const names = new Map(this.#session.groups.map((groupId) => [nameKey(groupId), groupId]));
    const digests = new Map(Array.from(names.keys(), (key) => [key, new NamesDigest()]));
    await inSteps(this.#session.account.shares, (share) => {
      const [groupKey, fileKey] = keysOf(share);
      if (share.registered) digests.get(groupKey)?.addKey(fileKey);
    });
    const groups = Array.from(digests, ([key, digest]) => ({
      ...{ groupId: names.get(key) ?? key, count: digest.count, digest: digest.toString() },
    }));
    const differ: string[] = [];
    for (const part of inParts(groups, MAX_PAGE_ROWS))
      differ.push(...(await this.#session.call('compareShares', { groups: part })).differ);
    return differ.flatMap((groupId) => names.get(nameKey(groupId)) ?? []);
  }

  /** The names that the tracker lists in a group and the library does not know. What the tracker does not list is registered again. */
  async #unknownIn(groupId: string): Promise<string[]> {
    const { account } = this.#session;
    const registered = account.sharesInGroup(groupId).filter((share) => share.registered);
    const listed = new Map<string, string>();
    await inSteps(await listOwnShares(this.#session, groupId), (name) => listed.set(nameKey(name), name));
    const unlisted = registered.filter(
      (share) => share.registered && account.hasShare(share) && !listed.has(keysOf(share)[1]),
    );
    if (unlisted.length > 0) this.#context.onUnlisted(unlisted);
    for (const share of account.sharesInGroup(groupId)) listed.delete(keysOf(share)[1]); // also ended ones: their end is not confirmed yet
    return [...listed.values()];
  }

  /** @returns the number of names that were withdrawn */
  async #withdraw(groupId: string, fileNames: readonly string[]): Promise<number> {
    const { account, logger } = this.#session;
    let count = 0;
    for (const part of inParts(fileNames, MAX_BATCH_FILES)) {
      const unknown = part.filter((fileName) => !account.findShare(groupId, fileName));
      if (unknown.length === 0) continue;
      await this.#session.call('stopShares', { groupId, fileNames: unknown });
      count += unknown.length;
      const sharedMeanwhile = unknown.flatMap((fileName) => account.findShare(groupId, fileName) ?? []);
      if (sharedMeanwhile.length > 0) this.#context.onUnlisted(sharedMeanwhile);
    }
    if (count > 0) logger.info(`The tracker listed ${count} ended shares in ${groupId}: they are withdrawn.`);
    return count;
  }
}

/** Calls a function for each item, and lets the application have its turn in between. */
async function inSteps<T>(items: readonly T[], each: (item: T) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    each(item);
    if (index % NAMES_A_STEP === NAMES_A_STEP - 1) await turn();
  }
}
