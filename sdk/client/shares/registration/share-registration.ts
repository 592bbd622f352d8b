import { nameKey, type SharedFile, ShoalError } from '../../../protocol/index.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import type { Session } from '../../session/session.js';
import { putManifest } from '../../tracker/manifest-http.js';
import { examineLoss, isLostVersion } from '../../versions/lost-versions.js';
import { explained, NO_ANSWER, type Outcome, outcomeOf } from '../../versions/outcome.js';
import { isToPublish } from '../../versions/publication.js';
import { publishShares } from '../../versions/publish-shares.js';
import { batchesOf } from './share-batches.js';
import { shareFiles } from './share-files.js';

/** The tracker's final refusals. A share survives any other failure, since a tracker in trouble says nothing about the share. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_A_MEMBER',
  'GROUP_NOT_FOUND',
  'NAME_TAKEN',
  'FILE_REMOVED',
  'VERSION_CONFLICT',
  'VERSION_NOT_FOUND',
  'MANIFEST_INVALID',
  'INVALID_NAME',
]);
/** The tracker has no room for this share now; others may still fit. */
const NO_ROOM: ReadonlySet<string> = new Set(['QUOTA_EXCEEDED', 'NO_SPACE', 'DISK_ERROR']);

/** Bytes of manifests that are uploaded before their files are registered: below the tracker's limit of manifests without files. */
const MAX_MANIFESTS_AHEAD_BYTES = 64 * 1024 * 1024;

/** Whether an error is the tracker's answer: after any other error the tracker may have registered the share. */
function isAnswer(error: ShoalError): boolean {
  return REFUSALS.has(error.code) || NO_ROOM.has(error.code) || error.code === 'MANIFEST_MISSING';
}

/**
 * Registers shares of the library at the tracker, and publishes those that are to be versions: at once if a caller waits, else
 * in the background.
 */
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

  /** Resolves when nothing is registered in the background any more. */
  settled(): Promise<void> {
    return this.#inBackground;
  }

  /** Registers what the tracker does not have yet. @throws ShoalError */
  async registerRest(): Promise<void> {
    await this.#inBackground;
    for (const share of this.#session.account.shares) if (this.#isUnknown(share)) this.#waiting.add(share);
    await this.#registerWaiting();
  }

  /** Whether the tracker must be asked: it does not know the share, or has not told its version yet. */
  #isUnknown({ registered, version }: LibraryShare): boolean {
    return !registered || (version === undefined && this.#session.offersVersions);
  }

  async #registerWaiting(): Promise<void> {
    const shares = [...this.#waiting].filter(
      (share) => this.#session.account.hasShare(share) && this.#isUnknown(share),
    );
    this.#waiting.clear();
    const refused: LibraryShare[] = [];
    try {
      for (const part of batchesOf(shares)) {
        const outcomes = await this.#registerBatch(part, undefined);
        refused.push(...part.filter((share, index) => this.#isRefused(share, outcomes[index])));
        this.#session.account.removedFiles.add(part.filter((_share, index) => isRemoved(outcomes[index])));
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
    for (const [index, share] of shares.entries()) {
      const outcome = outcomes[index];
      if (outcome instanceof ShoalError && this.#session.offersVersions && isLostVersion(share, outcome))
        outcomes[index] = await this.#askForLost(share, outcome, signal);
      this.#onOutcome(share, outcomes[index]);
    }
    return outcomes;
  }

  /** The tracker does not know a version that it confirmed before. */
  async #askForLost(share: LibraryShare, refused: ShoalError, signal: AbortSignal | undefined): Promise<Outcome> {
    const loss = await examineLoss(this.#session, share, signal).catch((error: unknown) => {
      this.#session.logger.debug(`${share.fileName}: ${ShoalError.from(error).message}`);
      return { kind: 'given up' } as const;
    });
    if (loss.kind === 'given up') return refused;
    if (loss.kind === 'lost') return loss.error;
    const published = { ...share.published, base: loss.base };
    this.#session.account.changeShare(share, { version: undefined, published });
    return (await this.#putAndAsk([share], signal)).get(share) ?? NO_ANSWER;
  }

  /** Asks the tracker to publish or to register shares of one group. */
  async #ask(shares: readonly LibraryShare[], signal: AbortSignal | undefined): Promise<Outcome[]> {
    const isNew = this.#session.offersVersions ? isToPublish : () => false;
    const [news, known] = [shares.filter(isNew), shares.filter((share) => !isNew(share))];
    const published = await answered(news, () => publishShares(this.#session, news, signal));
    const registered = await answered(known, () => this.#askToRegister(known, signal));
    return shares.map((share) => (isNew(share) ? published : registered).shift() ?? NO_ANSWER);
  }

  /** Asks with the call for one file, or with the call for many. */
  async #askToRegister(shares: readonly LibraryShare[], signal: AbortSignal | undefined): Promise<Outcome[]> {
    const [first] = shares;
    if (!first) return [];
    const { groupId, fileName, manifestId } = first;
    if (shares.length === 1)
      return [(await this.#session.call('shareFile', { groupId, fileName, manifestId }, signal)).file];
    const orders = shares.map(({ fileName, manifestId, manifest }) => ({
      ...{ fileName, manifestId },
      ...(manifest !== undefined && { manifest }),
    }));
    const answers = await shareFiles(this.#session, groupId, orders, signal);
    return shares.map((_share, index) => outcomeOf(answers[index]));
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
        await putManifest(() => this.#session.online, this.#session.token, share.manifestId, manifest, signal);
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
    this.#session.account.changeShare(share, { registered: true, fileName, ...this.#versionOf(share, outcome) });
    this.#session.presence.registered(share);
  }

  /** What an answer says about the version of a share. A tracker of version 0.1 says nothing. */
  #versionOf(share: LibraryShare, file: SharedFile): Pick<LibraryShare, 'version' | 'published'> {
    const { version, publishedBy, publishedAtMs: atMs } = file;
    if (version === undefined || file.manifestId !== share.manifestId) return {};
    const isOwn = share.published !== undefined && this.#session.isMe(publishedBy);
    return { version, published: isOwn ? { ...share.published, base: version - 1, atMs } : undefined };
  }
}

/** The outcomes of one call for shares. @throws ShoalError unless the error is the tracker's answer for all of them */
async function answered(shares: readonly LibraryShare[], ask: () => Promise<Outcome[]>): Promise<Outcome[]> {
  try {
    return shares.length > 0 ? await ask() : [];
  } catch (error) {
    if (!(error instanceof ShoalError) || !isAnswer(error)) throw error;
    const reason = explained(error);
    return shares.map(() => reason);
  }
}

function isRemoved(outcome: Outcome | undefined): boolean {
  return outcome instanceof ShoalError && outcome.code === 'FILE_REMOVED';
}

function isManifestMissing(outcome: Outcome | undefined): boolean {
  return outcome instanceof ShoalError && outcome.code === 'MANIFEST_MISSING';
}
