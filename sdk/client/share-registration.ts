import { decodeManifest, MAX_ANNOUNCE_ITEMS, MAX_BATCH_FILES, ShoalError, type SharedFile } from '../protocol/index.js';
import type { LibraryShare } from './library.js';
import { toShare } from './library-share.js';
import { inlineManifest, putManifest } from './manifest-transfer.js';
import type { Share } from './results.js';
import type { Session } from './session.js';
import { shareFiles } from './share-files.js';

/** The tracker's final words on a share; anything else is tried again. */
const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_A_MEMBER',
  'GROUP_NOT_FOUND',
  'NAME_TAKEN',
  'MANIFEST_INVALID',
  'INVALID_NAME',
  'QUOTA_EXCEEDED',
]);

interface UnregisteredShare {
  readonly share: LibraryShare;
  readonly manifest: Uint8Array;
}

/** What the tracker is told of this device's shares. */
export class ShareRegistration {
  readonly #session: Session;
  /** What is told without anyone waiting for it. */
  #inBackground = Promise.resolve();

  constructor(session: Session) {
    this.#session = session;
  }

  /** Registers a file, with its manifest where the tracker has it not. @throws ShoalError the tracker's */
  async register(groupId: string, fileName: string, manifest: Uint8Array, signal?: AbortSignal): Promise<SharedFile> {
    const { id } = decodeManifest(manifest);
    const params = { groupId, fileName, manifestId: id };
    try {
      return (await this.#session.call('shareFile', params, signal)).file;
    } catch (error) {
      if (!(error instanceof ShoalError) || error.code !== 'MANIFEST_MISSING') throw error;
    }
    await putManifest(this.#session.online, this.#session.token, id, manifest, signal);
    return (await this.#session.call('shareFile', params, signal)).file;
  }

  /** Registers shares of one group in the background, many in one call; what the tracker does not take is told at the next sign-in. */
  registerMany(shares: readonly UnregisteredShare[]): void {
    if (shares.length === 0) return;
    this.#inBackground = this.#inBackground
      .then(() => this.#registerMany(shares))
      .catch((error: unknown) => {
        const why = ShoalError.from(error).message;
        this.#session.logger.debug(`Files of a folder are announced when the tracker is back: ${why}`);
      });
  }

  /** Tells the tracker what this device serves; those shares that it does not take. */
  async announceAll(): Promise<Share[]> {
    const refused: Share[] = [];
    for (const share of this.#session.account.shares.filter((one) => !one.registered)) {
      if (!(await this.#registerLate(share))) refused.push(toShare(share));
    }
    const shares = [...this.#session.account.shares];
    for (let at = 0; at < shares.length; at += MAX_ANNOUNCE_ITEMS) {
      const batch = shares.slice(at, at + MAX_ANNOUNCE_ITEMS);
      const items = batch.map(({ groupId, manifestId }) => ({ groupId, manifestId, complete: true }));
      const answer = await this.#session.call('announce', { items });
      for (const no of answer.refused) {
        refused.push(
          ...batch.filter((one) => one.groupId === no.groupId && one.manifestId === no.manifestId).map(toShare),
        );
      }
    }
    return refused;
  }

  /** Registers a share that was finished while the tracker was away; false when the tracker will not have it. */
  async #registerLate(share: LibraryShare): Promise<boolean> {
    const manifest = await this.#session.library.manifestOf(share);
    if (!manifest) return false;
    try {
      await this.register(share.groupId, share.fileName, manifest);
    } catch (error) {
      if (error instanceof ShoalError && REFUSALS.has(error.code)) return false;
      throw error;
    }
    share.registered = true;
    await this.#session.library.save();
    return true;
  }

  async #registerMany(shares: readonly UnregisteredShare[]): Promise<void> {
    for (let at = 0; at < shares.length; at += MAX_BATCH_FILES) {
      const batch = shares.slice(at, at + MAX_BATCH_FILES);
      const files = batch.map(({ share: { fileName, manifestId }, manifest }) => {
        const inline = inlineManifest(manifest);
        return { fileName, manifestId, ...(inline !== undefined && { manifest: inline }) };
      });
      const groupId = batch[0]?.share.groupId ?? '';
      const answers = await shareFiles(this.#session, groupId, files);
      for (const [index, { share }] of batch.entries()) {
        const one = answers[index];
        if (one && 'file' in one) share.registered = true;
        else if (one && 'code' in one && one.code === 'MANIFEST_MISSING') await this.#registerLate(share);
      }
    }
    await this.#session.library.save();
  }
}
