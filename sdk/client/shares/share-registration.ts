import { decodeManifest, MAX_BATCH_FILES, type SharedFile, ShoalError } from '../../protocol/index.js';
import type { LibraryShare } from '../local/library-schema.js';
import type { Session } from '../session/session.js';
import { inlineManifest, putManifest } from '../tracker/manifest-http.js';
import { shareFiles } from './share-files.js';

/** The tracker's final words on a share; anything else is tried again, for a share is not forgotten because a tracker is in trouble. */
export const REFUSALS: ReadonlySet<string> = new Set([
  'NOT_A_MEMBER',
  'GROUP_NOT_FOUND',
  'NAME_TAKEN',
  'MANIFEST_INVALID',
  'INVALID_NAME',
]);
/** For now the tracker has no room for it, which says nothing of others. */
const NO_ROOM: ReadonlySet<string> = new Set(['QUOTA_EXCEEDED', 'NO_SPACE', 'DISK_ERROR']);

/** Registers this device's shares with the tracker: at once where someone waits for it, else in the background. */
export class ShareRegistration {
  readonly #session: Session;
  readonly #onRefused: (shares: readonly LibraryShare[]) => void;
  readonly #waiting = new Set<LibraryShare>();
  #inBackground: Promise<void> = Promise.resolve();

  /** @param onRefused hears what the tracker will not have */
  constructor(session: Session, onRefused: (shares: readonly LibraryShare[]) => void) {
    this.#session = session;
    this.#onRefused = onRefused;
  }

  /** Registers a file, with its manifest where the tracker has it not. @throws ShoalError the tracker's */
  async register(groupId: string, fileName: string, manifest: Uint8Array, signal?: AbortSignal): Promise<SharedFile> {
    const { id: manifestId } = decodeManifest(manifest);
    const params = { groupId, fileName, manifestId };
    try {
      const { file } = await this.#session.call('shareFile', params, signal);
      this.#session.presence.registered({ groupId, manifestId });
      return file;
    } catch (error) {
      if (!(error instanceof ShoalError) || error.code !== 'MANIFEST_MISSING') throw error;
    }
    await putManifest(this.#session.online, this.#session.token, manifestId, manifest, signal);
    const { file } = await this.#session.call('shareFile', params, signal);
    this.#session.presence.registered({ groupId, manifestId });
    return file;
  }

  /** Registers shares in the background; what fails is tried again when the tracker is back, or at the next sign-in. */
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

  /** Ends shares at the tracker, many in one call. What it knows no more is as good; what fails is logged. */
  async stopAll(shares: readonly LibraryShare[]): Promise<void> {
    for (const group of byGroup(shares)) {
      const groupId = group[0]?.groupId ?? '';
      for (let at = 0; at < group.length; at += MAX_BATCH_FILES) {
        const fileNames = group.slice(at, at + MAX_BATCH_FILES).map(({ fileName }) => fileName);
        await this.#session.call('stopShares', { groupId, fileNames }).catch((error: unknown) => {
          this.#session.logger.debug(`${fileNames.join(', ')}: ${ShoalError.from(error).message}`);
        });
      }
    }
  }

  async #registerWaiting(): Promise<void> {
    const shares = [...this.#waiting].filter((share) => this.#session.account.hasShare(share) && !share.registered);
    this.#waiting.clear();
    if (shares.length === 0) return;
    const refused: LibraryShare[] = [];
    try {
      for (const group of byGroup(shares)) {
        for (let at = 0; at < group.length; at += MAX_BATCH_FILES)
          refused.push(...(await this.#registerBatch(group.slice(at, at + MAX_BATCH_FILES))));
      }
    } finally {
      if (refused.length > 0) this.#onRefused(refused);
    }
  }

  /** Registers shares of one group; those that the tracker will not have. */
  async #registerBatch(shares: readonly LibraryShare[]): Promise<LibraryShare[]> {
    const [first] = shares;
    if (first && shares.length === 1) return (await this.#registerOne(first)) ? [] : [first];
    const files = await Promise.all(
      shares.map(async ({ fileName, manifestId, manifest }) => {
        const bytes = manifest === undefined ? await this.#session.library.readManifest(manifestId) : undefined;
        const inline = manifest ?? (bytes && inlineManifest(bytes));
        return { fileName, manifestId, ...(inline !== undefined && { manifest: inline }) };
      }),
    );
    const { groupId } = first ?? { groupId: '' };
    const answers = await shareFiles(this.#session, groupId, files);
    const refused: LibraryShare[] = [];
    for (const [index, share] of shares.entries()) {
      const one = answers[index];
      if (one && 'file' in one) this.#onRegistered(share);
      else if (one?.code === 'MANIFEST_MISSING') {
        if (!(await this.#registerOne(share))) refused.push(share);
      } else if (one && REFUSALS.has(one.code)) refused.push(share);
      else this.#session.logger.debug(`${share.fileName} is registered later: ${one?.message ?? 'no answer'}`);
    }
    return refused;
  }

  /** False when the tracker will not have it. */
  async #registerOne(share: LibraryShare): Promise<boolean> {
    const manifest = await this.#session.library.manifestOf(share);
    if (!manifest) return false;
    try {
      await this.register(share.groupId, share.fileName, manifest);
    } catch (error) {
      if (!(error instanceof ShoalError)) throw error;
      if (REFUSALS.has(error.code)) return false;
      if (!NO_ROOM.has(error.code)) throw error;
      this.#session.logger.warn(`${share.fileName} is registered later: ${error.message}`);
      return true;
    }
    this.#session.account.changeShare(share, { registered: true });
    return true;
  }

  #onRegistered(share: LibraryShare): void {
    this.#session.account.changeShare(share, { registered: true }); // what a crash takes of it is registered again
    this.#session.presence.registered(share);
  }
}

function byGroup(shares: readonly LibraryShare[]): Iterable<LibraryShare[]> {
  const groups = new Map<string, LibraryShare[]>();
  for (const share of shares) {
    const group = groups.get(share.groupId) ?? [];
    group.push(share);
    groups.set(share.groupId, group);
  }
  return groups.values();
}
