import { isErrorCode, nameKey, type SharedFile, ShoalError } from '../../protocol/index.js';
import type { LibraryShare } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import { putManifest } from '../tracker/manifest-http.js';
import { batchesOf } from './share-batches.js';
import { type ShareAnswer, shareFiles } from './share-files.js';

/** The tracker's final refusals. A share survives any other failure, since a tracker in trouble says nothing about the share. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_A_MEMBER',
  'GROUP_NOT_FOUND',
  'NAME_TAKEN',
  'MANIFEST_INVALID',
  'INVALID_NAME',
]);
/** The tracker has no room for this share now; others may still fit. */
const NO_ROOM: ReadonlySet<string> = new Set(['QUOTA_EXCEEDED', 'NO_SPACE', 'DISK_ERROR']);

/** Bytes of manifests that are uploaded before their files are registered: below the tracker's limit of manifests without files. */
const MAX_MANIFESTS_AHEAD_BYTES = 64 * 1024 * 1024;

/** What became of a share at the tracker. */
export type Outcome = SharedFile | ShoalError;

/** The tracker left a share out of its answer. */
const NO_ANSWER = new ShoalError('PROTOCOL_ERROR', 'The tracker did not answer for this file: try again.');

/** Whether an error is the tracker's answer: after any other error the tracker may have registered the share. */
function isAnswer(error: ShoalError): boolean {
  return REFUSALS.has(error.code) || NO_ROOM.has(error.code) || error.code === 'MANIFEST_MISSING';
}

/** Registers shares of the library at the tracker: at once if a caller waits, else in the background. */
export class ShareRegistration {
  readonly #session: Session;
  readonly #onRefused: (shares: readonly LibraryShare[]) => void;
  readonly #waiting = new Set<LibraryShare>();
  #inBackground: Promise<void> = Promise.resolve();

  /** @param onRefused receives the shares that the tracker refused in the background */
  constructor(session: Session, onRefused: (shares: readonly LibraryShare[]) => void) {
    this.#session = session;
    this.#onRefused = onRefused;
  }

  /**
   * Registers shares of one group, and uploads the manifests that the tracker lacks.
   * @returns the outcome of each share, in order
   * @throws ShoalError if the tracker did not answer: it may have registered some of them
   */
  async register(shares: readonly LibraryShare[], signal?: AbortSignal): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const part of batchesOf(shares)) outcomes.push(...(await this.#registerBatch(part, signal)));
    return outcomes;
  }

  /** Registers shares in the background. What fails is tried again when the tracker is back, or at the next sign-in. */
  registerLater(shares: readonly LibraryShare[]): void {
    if (shares.length === 0) return;
    for (const share of shares) this.#waiting.add(share);
    this.#inBackground = this.#inBackground
      .then(() => this.#registerWaiting())
      .catch((error: unknown) => {
        const why = ShoalError.from(error).message;
        this.#session.logger.debug(`Shares are announced when the tracker is back: ${why}`);
      });
  }

  /** Registers what the tracker does not have yet. @throws ShoalError */
  async registerRest(): Promise<void> {
    await this.#inBackground;
    for (const share of this.#session.account.shares) if (!share.registered) this.#waiting.add(share);
    await this.#registerWaiting();
  }

  async #registerWaiting(): Promise<void> {
    const shares = [...this.#waiting].filter((share) => this.#session.account.hasShare(share) && !share.registered);
    this.#waiting.clear();
    const refused: LibraryShare[] = [];
    try {
      for (const part of batchesOf(shares)) {
        const outcomes = await this.#registerBatch(part, undefined);
        refused.push(...part.filter((share, index) => this.#isRefused(share, outcomes[index])));
      }
    } finally {
      if (refused.length > 0) this.#onRefused(refused);
    }
  }

  #isRefused({ fileName }: LibraryShare, outcome: Outcome | undefined): boolean {
    if (!(outcome instanceof ShoalError)) return false;
    if (REFUSALS.has(outcome.code)) return true;
    this.#session.logger.warn(`${fileName} is registered later: ${outcome.message}`);
    return false;
  }

  async #registerBatch(shares: readonly LibraryShare[], signal: AbortSignal | undefined): Promise<Outcome[]> {
    const outcomes = await this.#ask(shares, signal);
    const missing = shares.filter((_share, index) => isManifestMissing(outcomes[index]));
    if (missing.length > 0) {
      const again = await this.#putAndAsk(missing, signal);
      for (const [index, share] of shares.entries()) outcomes[index] = again.get(share) ?? outcomes[index] ?? NO_ANSWER;
    }
    for (const [index, share] of shares.entries()) this.#onOutcome(share, outcomes[index]);
    return outcomes;
  }

  /** Asks the tracker to register shares: with the call for one file, or with the call for many. */
  async #ask(shares: readonly LibraryShare[], signal: AbortSignal | undefined): Promise<Outcome[]> {
    const [first] = shares;
    if (!first) return [];
    const { groupId, fileName, manifestId } = first;
    try {
      if (shares.length === 1)
        return [(await this.#session.call('shareFile', { groupId, fileName, manifestId }, signal)).file];
      const orders = shares.map(({ fileName, manifestId, manifest }) => ({
        ...{ fileName, manifestId },
        ...(manifest !== undefined && { manifest }),
      }));
      const answers = await shareFiles(this.#session, groupId, orders, signal);
      return shares.map((_share, index) => outcomeOf(answers[index]));
    } catch (error) {
      if (error instanceof ShoalError && isAnswer(error)) return shares.map(() => error);
      throw error;
    }
  }

  async #putAndAsk(
    shares: readonly LibraryShare[],
    signal: AbortSignal | undefined,
  ): Promise<Map<LibraryShare, Outcome>> {
    const outcomes = new Map<LibraryShare, Outcome>();
    const uploaded = new Set<string>();
    let [ready, bytes]: [LibraryShare[], number] = [[], 0];
    const ask = async () => {
      const answers = await this.#ask(ready, signal);
      for (const [index, share] of ready.entries()) outcomes.set(share, answers[index] ?? NO_ANSWER);
      [ready, bytes] = [[], 0];
    };
    for (const share of shares) {
      const manifest = await this.#session.library.manifestOf(share);
      if (!manifest) {
        const why = `The manifest of ${share.fileName} is gone from the data folder: share the file anew.`;
        outcomes.set(share, new ShoalError('MANIFEST_INVALID', why));
        continue;
      }
      if (ready.length > 0 && bytes + manifest.length > MAX_MANIFESTS_AHEAD_BYTES) await ask();
      if (!uploaded.has(share.manifestId))
        await putManifest(this.#session.online, this.#session.token, share.manifestId, manifest, signal);
      uploaded.add(share.manifestId);
      ready.push(share);
      bytes += manifest.length;
    }
    await ask();
    return outcomes;
  }

  #onOutcome(share: LibraryShare, outcome: Outcome | undefined): void {
    if (!outcome || outcome instanceof ShoalError) return;
    // The group's spelling of the name. An untrusted tracker must not give the record another key.
    const isSameName = outcome.fileName !== share.fileName && nameKey(outcome.fileName) === nameKey(share.fileName);
    const fileName = isSameName ? outcome.fileName : share.fileName;
    this.#session.account.changeShare(share, { registered: true, fileName });
    this.#session.presence.registered(share);
  }
}

function outcomeOf(answer: ShareAnswer | undefined): Outcome {
  if (!answer) return NO_ANSWER;
  if ('file' in answer) return answer.file;
  return new ShoalError(isErrorCode(answer.code) ? answer.code : 'PROTOCOL_ERROR', answer.message);
}

function isManifestMissing(outcome: Outcome | undefined): boolean {
  return outcome instanceof ShoalError && outcome.code === 'MANIFEST_MISSING';
}
