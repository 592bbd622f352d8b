import type { Kysely } from 'kysely';
import type { Quotas } from '../../quotas.js';
import type { NewShare } from '../../store.js';
import { tooManyBytes, tooManyFiles, tooManyVersions } from '../../store-errors.js';
import type { GroupRow } from '../group-queries.js';
import { keyOf } from '../name-keys.js';
import type { Tables } from '../tables.js';
import { contentKey, type Known, type Sharer } from './known-names.js';

/** What a share adds to its group. */
type Addition = 'nothing' | 'version' | 'file';

/** The allowance for some items of a request. */
export function allowanceFor(
  tx: Kysely<Tables>,
  sharer: Sharer,
  items: readonly NewShare[],
  known: Known,
  quotas: Quotas,
): Promise<ShareAllowance> {
  const keys = items.map(({ fileName }) => keyOf(fileName));
  const sizes = items.map(({ manifestId, manifest }, index) => {
    const kept = known.contents.get(contentKey(keys[index] ?? '', manifestId));
    return kept?.file.sizeBytes ?? manifest?.sizeBytes ?? known.sizes.get(manifestId) ?? 0;
  });
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return ShareAllowance.of(tx, sharer, keys, bytes, quotas);
}

/** What a device may still share, by the quotas of its user, itself and the group. */
export class ShareAllowance {
  readonly #quotas: Quotas;
  /** The files that the device shares, by key, with the sizes of its versions. */
  readonly #shared: Map<string, number>;
  #ofDevice: number;
  #ofUser: number;
  #inGroup: number;
  #versionsInGroup: number;
  #bytes: number;

  private constructor(quotas: Quotas, counts: Counts, group: GroupRow, shared: Map<string, number>) {
    this.#quotas = quotas;
    this.#ofDevice = counts.ofDevice ?? 0;
    this.#ofUser = counts.ofUser;
    this.#bytes = counts.bytes;
    this.#inGroup = group.files;
    this.#versionsInGroup = group.versions;
    this.#shared = shared;
  }

  /** The allowance for files with these keys and this total size. */
  static async of(
    tx: Kysely<Tables>,
    sharer: Sharer,
    keys: readonly string[],
    bytes: number,
    quotas: Quotas,
  ): Promise<ShareAllowance> {
    const counts = await countShares(tx, sharer);
    const isShort =
      (counts.ofDevice ?? 0) + keys.length > quotas.filesPerDevice ||
      counts.ofUser + keys.length > quotas.filesPerUser ||
      counts.bytes + bytes > quotas.bytesPerUser;
    // Which files are shared already, and so cost less, matters only near a quota.
    const shared = isShort ? await sharedAmong(tx, sharer, keys) : new Map<string, number>();
    return new ShareAllowance(quotas, counts, sharer.group, shared);
  }

  /**
   * Counts one more share. If the device shares the name already, only the difference in size counts. @throws ShoalError
   * `QUOTA_EXCEEDED`, and counts nothing
   */
  take(key: string, sizeBytes: number, added: Addition): void {
    const { filesPerDevice, filesPerUser, filesPerGroup, versionsPerGroup, bytesPerUser } = this.#quotas;
    const former = this.#shared.get(key);
    if (former === undefined) {
      if (this.#ofDevice >= filesPerDevice) throw tooManyFiles('This device shares', filesPerDevice);
      if (this.#ofUser >= filesPerUser) throw tooManyFiles('You share', filesPerUser);
    }
    if (added === 'file' && this.#inGroup >= filesPerGroup) throw tooManyFiles('The group has', filesPerGroup);
    if (added !== 'nothing' && this.#versionsInGroup >= versionsPerGroup)
      throw tooManyVersions('The group', versionsPerGroup);
    const more = sizeBytes - (former ?? 0);
    if (more > 0 && this.#bytes + more > bytesPerUser) throw tooManyBytes(bytesPerUser);
    this.#shared.set(key, sizeBytes);
    this.#bytes += more;
    if (former === undefined) this.#ofDevice++;
    if (former === undefined) this.#ofUser++;
    if (added === 'file') this.#inGroup++;
    if (added !== 'nothing') this.#versionsInGroup++;
  }
}

interface Counts {
  readonly ofUser: number;
  readonly bytes: number;
  /** Null for an unknown device. */
  readonly ofDevice: number | null;
}

function countShares(tx: Kysely<Tables>, { userId, deviceId }: Sharer): Promise<Counts> {
  return tx
    .selectFrom('users')
    .leftJoin('devices', (join) =>
      join.onRef('devices.user_key', '=', 'users.user_key').on('devices.device_id', '=', deviceId),
    )
    .select(['users.files as ofUser', 'users.bytes', 'devices.files as ofDevice'])
    .where('users.user_key', '=', keyOf(userId))
    .executeTakeFirstOrThrow();
}

async function sharedAmong(
  tx: Kysely<Tables>,
  { group, userId, deviceId }: Sharer,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const rows = await tx
    .selectFrom('shares')
    .leftJoin('versions', (join) =>
      join
        .onRef('versions.group_key', '=', 'shares.group_key')
        .onRef('versions.file_key', '=', 'shares.file_key')
        .onRef('versions.version', '=', 'shares.version'),
    )
    .leftJoin('manifests', 'manifests.manifest_id', 'versions.manifest_id')
    .select(['shares.file_key', 'manifests.size_bytes'])
    .where('shares.group_key', '=', group.group_key)
    .where('shares.file_key', 'in', keys)
    .where('shares.user_key', '=', keyOf(userId))
    .where('shares.device_id', '=', deviceId)
    .execute();
  return new Map(rows.map((row) => [row.file_key, row.size_bytes ?? 0]));
}
