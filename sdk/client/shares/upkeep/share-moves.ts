import { type FileStamp, sameStamp } from '../../../disk/index.js';
import { eachInLanes } from '../../../program/index.js';
import type { ShareMove } from '../../api/results.js';
import type { LibraryShare } from '../../library/records/library-schema.js';
import { recordedStamp } from '../../library/records/recorded-stamp.js';
import type { Session } from '../../session/session.js';
import type { ShareService } from '../serving/share-service.js';
import { FileLooks } from './file-look.js';
import { movedPath } from './moved-path.js';
import type { OlderVersions } from './older-versions.js';
import type { ShareUpkeep } from './share-upkeep.js';

/** Shares that are moved in parallel. */
const AT_ONCE = 16;

interface Parts {
  readonly service: ShareService;
  readonly upkeep: ShareUpkeep;
  readonly older: OlderVersions;
}

/** Shares follow their files to other paths. */
export class ShareMoves {
  readonly #session: Session;
  readonly #parts: Parts;

  constructor(session: Session, parts: Parts) {
    this.#session = session;
    this.#parts = parts;
  }

  /**
   * Gives the shares of moved files and folders their new paths. An unchanged file is served from there before the former path
   * is given up, and is not hashed; a check finds out about the others. @returns the moved shares @throws the disk's errors
   */
  async move(moves: readonly ShareMove[]): Promise<LibraryShare[]> {
    const places = new Map(moves.map(({ from, to }) => [from, to]));
    const { account, library } = this.#session;
    const looks = new FileLooks(this.#session.hashes);
    const moved: LibraryShare[] = [];
    const isMeant = ({ path, copies = [] }: LibraryShare) =>
      [path, ...copies.map((copy) => copy.path)].some((one) => movedPath(one, places) !== undefined);
    await eachInLanes(AT_ONCE, account.shares.filter(isMeant), async (share) => {
      if (await this.#move(share, places, looks)) moved.push(share);
    });
    await this.#parts.older.move(places);
    await library.durable();
    if (moved.length === 0) return [];
    await this.#parts.upkeep.check(moved);
    return moved.filter((share) => account.hasShare(share));
  }

  async #move(share: LibraryShare, places: ReadonlyMap<string, string>, looks: FileLooks): Promise<boolean> {
    const { account, library } = this.#session;
    const { service, upkeep } = this.#parts;
    const { path: former } = share;
    const path = movedPath(former, places);
    const copies = share.copies?.map((copy) => ({ ...copy, path: movedPath(copy.path, places) ?? copy.path }));
    if (path === undefined) {
      if (copies) account.changeShare(share, { copies });
      return false;
    }
    const stamp = service.isSure(share) ? await this.#unchangedAt(path, share, looks) : undefined;
    const manifest = stamp && (await library.manifestOf(share));
    if (!account.hasShare(share) || share.path !== former) return false; // it ended, or a copy took its place
    account.changeShare(share, { path, ...(copies && { copies }) });
    if (stamp && manifest) service.serve(share, manifest, stamp);
    service.unserveFrom(share, former);
    upkeep.onMoved(share, former);
    return true;
  }

  /** The stamp of a file that is as it was shared. */
  async #unchangedAt(path: string, share: LibraryShare, looks: FileLooks): Promise<FileStamp | undefined> {
    if (this.#session.hashes.isAway(path)) return undefined;
    const look = await looks.at(path, false);
    if (look.kind !== 'there') return undefined;
    return sameStamp(look.stamp, recordedStamp(share)) ? look.stamp : undefined;
  }
}
