import { ShoalError } from '../../protocol/index.js';
import type { LostShare } from '../api/results.js';
import type { LibraryShare } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import { inBackground } from '../util/background.js';
import { batchesOf } from './share-batches.js';
import type { ShareService } from './share-service.js';

/** A share that this device can no longer offer. */
export interface Loss {
  readonly share: LibraryShare;
  readonly reason: LostShare['reason'];
}

interface RemovalContext {
  readonly service: ShareService;
  onLost(lost: readonly Loss[]): void;
  /** Shares switched to copies of their files, which must be checked. */
  onMoved(shares: readonly LibraryShare[]): Promise<void>;
  /** These shares exist again, but the tracker may have dropped them. */
  onSharedAgain(shares: readonly LibraryShare[]): void;
}

/** Codes which show that the tracker does not list the file. */
const NOT_LISTED: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'NOT_SHARED', 'GROUP_NOT_FOUND', 'NOT_A_MEMBER']);

/**
 * Ends shares. If the tracker may list a share, its record stays in the library, marked as ended, until the tracker
 * confirms the end. So neither a crash nor a lost connection leaves a listed file that this device does not know.
 */
export class ShareRemoval {
  readonly #session: Session;
  readonly #context: RemovalContext;
  /** Losses that the next run ends together. */
  #losses: Loss[] = [];
  #losing: Promise<void> | undefined;
  #stopping = Promise.resolve();

  constructor(session: Session, context: RemovalContext) {
    this.#session = session;
    this.#context = context;
  }

  /** Ends shares that the tracker does not list. */
  async drop(shares: readonly LibraryShare[]): Promise<void> {
    if (shares.length === 0) return;
    const { account, library } = this.#session;
    this.#unserve(shares);
    account.removeShares(shares);
    await library.durable();
    await this.#dropManifests(shares);
  }

  /** Ends shares here, and at the tracker in the background. Resolves when the library has marked them as ended. */
  async end(shares: readonly LibraryShare[]): Promise<void> {
    if (shares.length === 0) return;
    const { account, library, logger } = this.#session;
    this.#unserve(shares);
    account.endShares(shares);
    await library.durable();
    inBackground(this.stopEnded(), logger);
  }

  /**
   * Ends shares whose files are gone or changed, or that the tracker refused. A share with a copy switches to it.
   * Concurrent calls are combined.
   */
  async lose(losses: readonly Loss[]): Promise<void> {
    this.#losses.push(...losses);
    this.#losing ??= this.#loseAll().finally(() => {
      this.#losing = undefined;
    });
    await this.#losing;
  }

  async #loseAll(): Promise<void> {
    while (this.#losses.length > 0) {
      const lost = this.#goOnFromCopies(this.#losses.splice(0));
      if (lost.length > 0) this.#context.onLost(lost);
      await this.end(lost.map(({ share }) => share));
    }
  }

  /**
   * Ends shares at the tracker that have ended here. A failure is logged, and retried with the next end and after a
   * reconnect.
   */
  stopEnded(): Promise<void> {
    this.#stopping = this.#stopping.then(() => this.#stopEnded());
    return this.#stopping;
  }

  async #stopEnded(): Promise<void> {
    const { account, library } = this.#session;
    const confirmed: LibraryShare[] = [];
    for (const part of batchesOf(account.endedShares)) confirmed.push(...(await this.#stopBatch(part)));
    if (confirmed.length === 0) return;
    const sharedAgain = confirmed.flatMap(({ groupId, fileName }) => account.findShare(groupId, fileName) ?? []);
    account.removeShares(confirmed);
    await this.#dropManifests(confirmed);
    this.#context.onSharedAgain(sharedAgain);
    await library.durable();
  }

  /** Asks the tracker to end shares. @returns those that it no longer lists */
  async #stopBatch(shares: readonly LibraryShare[]): Promise<LibraryShare[]> {
    const [first] = shares;
    if (!first) return [];
    const fileNames = shares.map(({ fileName }) => fileName);
    try {
      const { files } = await this.#session.call('stopShares', { groupId: first.groupId, fileNames });
      return shares.filter((_share, index) => {
        const answer = files[index];
        return answer !== undefined && (!('code' in answer) || NOT_LISTED.has(answer.code));
      });
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (NOT_LISTED.has(error.code)) return [...shares];
      this.#session.logger.debug(`${fileNames.length} shares are ended at the tracker later: ${error.message}`);
      return [];
    }
  }

  #unserve(shares: readonly LibraryShare[]): void {
    this.#context.service.unserve(shares);
    for (const share of shares) this.#session.presence.unregistered(share);
  }

  async #dropManifests(shares: readonly LibraryShare[]): Promise<void> {
    const withFile = shares.filter(({ manifest }) => manifest === undefined);
    await this.#session.library.dropManifests(withFile.map(({ manifestId }) => manifestId));
  }

  /** Switches shares to copies of their files. @returns the losses without a copy */
  #goOnFromCopies(losses: readonly Loss[]): Loss[] {
    const { account, library, logger } = this.#session;
    const moved: LibraryShare[] = [];
    const lost = losses.filter(({ share, reason }) => {
      if (!account.hasShare(share)) return false; // it ended meanwhile
      const [copy, ...others] = (reason !== 'refused' && share.copies) || [];
      if (!copy) return true;
      this.#context.service.unserve([share]);
      account.changeShare(share, { ...copy, copies: others });
      moved.push(share);
      return false;
    });
    if (moved.length > 0)
      inBackground(
        library.durable().then(() => this.#context.onMoved(moved)),
        logger,
      );
    return lost;
  }
}
