import {
  type FileVersion,
  type Group,
  isErrorCode,
  type SharedFile,
  ShoalError,
  type TrackerParams,
} from '../../protocol/index.js';
import type { GroupOptions, RevertOptions } from '../api/options.js';
import { listAllVersions } from '../session/list-pages.js';
import type { Session } from '../session/session.js';
import { explained } from './outcome.js';
import { seenVersion } from './publication.js';

interface Effects {
  /** Ends what this device has of a removed file. */
  onRemoved(groupId: string, fileName: string): Promise<void>;
  /** The tracker believes that this device has the newest version, but it shares an older one. */
  onLeftBehind(groupId: string, fileName: string): void;
}

/** The user's requests about versions of files. */
export class FileVersions {
  readonly #session: Session;
  readonly #effects: Effects;

  constructor(session: Session, effects: Effects) {
    this.#session = session;
    this.#effects = effects;
  }

  /** @throws ShoalError `TRACKER_INCOMPATIBLE`, the tracker's errors */
  async list(groupId: string, fileName: string, signal?: AbortSignal): Promise<FileVersion[]> {
    this.#session.requireVersions();
    return listAllVersions(this.#session, groupId, fileName, signal);
  }

  /**
   * Publishes the content of an earlier version as the newest one. This device needs no byte of it. A version that is the newest already is
   * not published again.
   * @throws ShoalError `VERSION_NOT_FOUND`, `VERSION_CONFLICT`, `TRACKER_INCOMPATIBLE`, the tracker's errors
   */
  async revert(named: string, name: string, version: number, options: RevertOptions): Promise<FileVersion> {
    const session = this.#session;
    session.requireVersions();
    const groupId = await session.memberGroup(named, options.signal);
    const [newest] = await this.#page(groupId, name, undefined, options.signal);
    const [old] =
      newest && version < newest.version ? await this.#page(groupId, name, version + 1, options.signal) : [newest];
    if (!newest || old?.version !== version) {
      const why = `${name} has no version ${version} any more: list its versions, and choose one of them.`;
      throw new ShoalError('VERSION_NOT_FOUND', why);
    }
    if (old === newest) return newest;
    const { note = `version ${version} again` } = options;
    const { manifestId, modifiedMs, executable } = old;
    const order = { groupId, fileName: name, manifestId, base: newest.version, note, modifiedMs, executable };
    await this.#onReverted(groupId, await this.#publish(order, options.signal));
    const [published] = await this.#page(groupId, name, undefined, options.signal);
    return published ?? newest;
  }

  /** @throws ShoalError `NOT_THE_AUTHOR`, `FILE_NOT_FOUND`, `TRACKER_INCOMPATIBLE`, the tracker's errors */
  async remove(named: string, fileName: string, signal?: AbortSignal): Promise<void> {
    this.#session.requireVersions();
    const groupId = await this.#session.memberGroup(named, signal);
    const { files } = await this.#session.call('removeFiles', { groupId, fileNames: [fileName] }, signal);
    const [answer] = files;
    if (answer && 'code' in answer)
      throw new ShoalError(isErrorCode(answer.code) ? answer.code : 'PROTOCOL_ERROR', answer.message);
    await this.#effects.onRemoved(groupId, fileName);
  }

  /** @throws ShoalError `NOT_THE_OWNER`, `GROUP_NOT_FOUND`, `TRACKER_INCOMPATIBLE` */
  async changeGroup(groupId: string, { signal, ...settings }: GroupOptions): Promise<Group> {
    this.#session.requireVersions();
    return this.#session.call('changeGroup', { groupId, ...settings }, signal);
  }

  /** The newest version that is older than `before`. */
  async #page(
    groupId: string,
    fileName: string,
    before: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly FileVersion[]> {
    return (await this.#session.call('listVersions', { groupId, fileName, before, limit: 1 }, signal)).versions;
  }

  async #publish(order: TrackerParams<'publishVersion'>, signal: AbortSignal | undefined): Promise<SharedFile> {
    try {
      return (await this.#session.call('publishVersion', order, signal)).file;
    } catch (error) {
      throw explained(ShoalError.from(error));
    }
  }

  /**
   * The user has seen the version that he published himself. The tracker counts this device among those that have it, which is
   * corrected here.
   */
  async #onReverted(groupId: string, { fileName, manifestId, version }: SharedFile): Promise<void> {
    const { account, presence } = this.#session;
    const share = account.findShare(groupId, fileName);
    if (share && version !== undefined && version > seenVersion(share))
      account.changeShare(share, share.manifestId === manifestId ? { version } : { seen: version });
    if (share?.manifestId === manifestId) return;
    if (share) this.#effects.onLeftBehind(groupId, fileName);
    else await this.#session.call('stopShare', { groupId, fileName });
    if (!presence.isWhole({ groupId, manifestId }))
      await this.#session.call('withdraw', { items: [{ groupId, manifestId }] });
  }
}
