import { atMost } from '../../../engine/index.js';
import { isErrorCode, ShoalError } from '../../../protocol/index.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import type { Session } from '../../session/session.js';
import { throwIfAborted } from '../../util/abort.js';
import { inBackground } from '../../util/background.js';
import { isUnanswered } from '../../util/unanswered.js';
import type { ShareService } from '../serving/share-service.js';
import { batchesOf } from './share-batches.js';

/** The tracker's reasons not to end shares. */
type Refusals = ReadonlyMap<LibraryShare, ShoalError>;

interface RemovalContext {
  readonly service: ShareService;
  /** These shares exist again, but the tracker may have dropped them. */
  onSharedAgain(shares: readonly LibraryShare[]): void;
}

/** Time that a caller waits until the tracker confirms an end, which has taken effect here already. */
const CONFIRM_WAIT_MS = 5000;

/** Codes which show that the tracker does not list the file. */
const NOT_LISTED: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'NOT_SHARED', 'GROUP_NOT_FOUND', 'NOT_A_MEMBER']);

/**
 * Ends shares. If the tracker may list a share, its record stays in the library, marked as ended, until the tracker
 * confirms the end. So neither a crash nor a lost connection leaves a listed file that this device does not know.
 */
export class ShareRemoval {
  readonly #session: Session;
  readonly #context: RemovalContext;
  #stopping: Promise<Refusals> = Promise.resolve(new Map());

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
    await this.#endHere(shares);
    inBackground(this.stopEnded(), this.#session.logger);
  }

  /**
   * Ends shares here at once, and waits a little for the tracker. If it does not answer, it hears of the end later.
   * @throws ShoalError the tracker's refusal: the end is retried after the next connection
   */
  async stop(shares: readonly LibraryShare[], signal?: AbortSignal): Promise<void> {
    if (shares.length === 0) return;
    await this.#endHere(shares);
    const stopping = this.#stopNow();
    const refusals = await atMost(stopping, CONFIRM_WAIT_MS, signal);
    inBackground(
      stopping.then(() => {}),
      this.#session.logger,
    );
    throwIfAborted(signal);
    for (const share of shares) {
      const refusal = refusals?.get(share);
      if (refusal) throw refusal;
    }
  }

  async #endHere(shares: readonly LibraryShare[]): Promise<void> {
    const { account, library } = this.#session;
    this.#unserve(shares);
    account.endShares(shares);
    await library.durable();
  }

  /**
   * Ends shares at the tracker that have ended here. A failure is logged, and retried with the next end and after a
   * reconnect.
   */
  async stopEnded(): Promise<void> {
    await this.#stopNow();
  }

  #stopNow(): Promise<Refusals> {
    this.#stopping = this.#stopping.catch(() => {}).then(() => this.#stopEnded()); // the earlier caller handles it
    return this.#stopping;
  }

  async #stopEnded(): Promise<Refusals> {
    const { account, library } = this.#session;
    const refusals = new Map<LibraryShare, ShoalError>();
    const confirmed: LibraryShare[] = [];
    for (const part of batchesOf(account.endedShares)) confirmed.push(...(await this.#stopBatch(part, refusals)));
    if (confirmed.length === 0) return refusals;
    const sharedAgain = confirmed.flatMap(({ groupId, fileName }) => account.findShare(groupId, fileName) ?? []);
    account.removeShares(confirmed);
    await this.#dropManifests(confirmed);
    this.#context.onSharedAgain(sharedAgain);
    await library.durable();
    return refusals;
  }

  /** Asks the tracker to end shares. @returns those that it no longer lists */
  async #stopBatch(shares: readonly LibraryShare[], refusals: Map<LibraryShare, ShoalError>): Promise<LibraryShare[]> {
    const [first] = shares;
    if (!first) return [];
    const fileNames = shares.map(({ fileName }) => fileName);
    try {
      if (shares.length === 1) {
        await this.#session.call('stopShare', { groupId: first.groupId, fileName: first.fileName });
        return [first];
      }
      const { files } = await this.#session.call('stopShares', { groupId: first.groupId, fileNames });
      return shares.filter((share, index) => {
        const answer = files[index];
        if (answer === undefined) return false;
        const { code, message } = 'code' in answer ? answer : {};
        if (code === undefined || NOT_LISTED.has(code)) return true;
        refusals.set(share, new ShoalError(isErrorCode(code) ? code : 'PROTOCOL_ERROR', message));
        return false;
      });
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (NOT_LISTED.has(error.code)) return [...shares];
      if (!isUnanswered(error)) for (const share of shares) refusals.set(share, error);
      this.#session.logger.debug(`${fileNames.length} shares are ended at the tracker later: ${error.message}`);
      return [];
    }
  }

  #unserve(shares: readonly LibraryShare[]): void {
    this.#context.service.end(shares);
    for (const share of shares) this.#session.presence.unregistered(share);
  }

  async #dropManifests(shares: readonly LibraryShare[]): Promise<void> {
    const withFile = shares.filter(({ manifest }) => manifest === undefined);
    await this.#session.library.dropManifests(withFile.map(({ manifestId }) => manifestId));
  }
}
