import { nameKey } from '@shoal/sdk/protocol';
import type { Kysely } from 'kysely';
import type { Quotas } from '../quotas.js';
import { tooManyBytes, tooManyFiles } from '../store-errors.js';
import type { GroupRow } from './group-queries.js';
import type { Tables } from './tables.js';

interface Sharer {
  readonly group: GroupRow;
  readonly userId: string;
  readonly deviceId: string;
}

/** What a device may still share, by the quotas of its user, itself and the group. */
export class ShareAllowance {
  readonly #quotas: Quotas;
  readonly #shared: Set<string>;
  #ofDevice: number;
  #ofUser: number;
  #inGroup: number;
  #bytes: number;

  private constructor(quotas: Quotas, counts: Counts, inGroup: number, shared: Set<string>) {
    this.#quotas = quotas;
    this.#ofDevice = counts.ofDevice ?? 0;
    this.#ofUser = counts.ofUser;
    this.#bytes = counts.bytes;
    this.#inGroup = inGroup;
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
    // Which files are shared already, and so cost nothing, matters only near a quota.
    const shared = isShort ? await sharedAmong(tx, sharer, keys) : new Set<string>();
    return new ShareAllowance(quotas, counts, sharer.group.files, shared);
  }

  /**
   * Counts one more share. A file that this device shares already is free. @throws ShoalError `QUOTA_EXCEEDED`, and
   * counts nothing
   */
  take(key: string, sizeBytes: number, isNewFile: boolean): void {
    if (this.#shared.has(key)) return;
    const { filesPerDevice, filesPerUser, filesPerGroup, bytesPerUser } = this.#quotas;
    if (this.#ofDevice >= filesPerDevice) throw tooManyFiles('This device shares', filesPerDevice);
    if (this.#ofUser >= filesPerUser) throw tooManyFiles('You share', filesPerUser);
    if (isNewFile && this.#inGroup >= filesPerGroup) throw tooManyFiles('The group has', filesPerGroup);
    if (this.#bytes + sizeBytes > bytesPerUser) throw tooManyBytes(bytesPerUser);
    this.#shared.add(key);
    this.#ofDevice++;
    this.#ofUser++;
    this.#bytes += sizeBytes;
    if (isNewFile) this.#inGroup++;
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
    .where('users.user_key', '=', nameKey(userId))
    .executeTakeFirstOrThrow();
}

async function sharedAmong(
  tx: Kysely<Tables>,
  { group, userId, deviceId }: Sharer,
  keys: readonly string[],
): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('shares')
    .select('file_key')
    .where('group_key', '=', group.group_key)
    .where('file_key', 'in', keys)
    .where('user_key', '=', nameKey(userId))
    .where('device_id', '=', deviceId)
    .execute();
  return new Set(rows.map((row) => row.file_key));
}
