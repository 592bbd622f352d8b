import { MAX_PAGE_ROWS, NamesDigest, nameKey, ShoalError } from '@shoal/sdk/protocol';
import type { Connection } from '../server/connections/connection.js';
import type { Handlers, MethodContext } from './context.js';
import { cutPage } from './pages.js';

type OwnShareMethods = Pick<Handlers, 'compareShares' | 'listOwnShares'>;

/** Names that are digested before others have their turn. */
const NAMES_A_STEP = 500;

/** Codes for a group that the user is not in. */
const NO_MEMBER: ReadonlySet<string> = new Set(['GROUP_NOT_FOUND', 'NOT_A_MEMBER']);

/** Methods with which a device looks at what the tracker lists as its own shares. */
export const ownShareMethods: OwnShareMethods = {
  async compareShares({ groups }, connection, context) {
    connection.requireSession();
    const differ: string[] = [];
    const asked = new Map(groups.map((group) => [nameKey(group.groupId), group])); // each is digested once
    for (const { groupId, count, digest } of asked.values()) {
      const listed = await digestOf(groupId, count, connection, context);
      if (listed && (listed.count !== count || listed.toString() !== digest)) differ.push(groupId);
    }
    return { differ };
  },

  async listOwnShares({ groupId, after, limit = MAX_PAGE_ROWS }, connection, { store }) {
    const { userId, deviceId } = connection.requireSession();
    const rows = await store.listShares({ groupId, userId, deviceId }, { after, limit: limit + 1 });
    const [fileNames, next] = cutPage(rows, limit, (name) => name);
    return { fileNames, next };
  },
};

/** Digests what this device shares in a group, until there are more names than expected; undefined for a non-member. */
async function digestOf(
  groupId: string,
  expected: number,
  connection: Connection,
  { store, slices }: MethodContext,
): Promise<NamesDigest | undefined> {
  const digest = new NamesDigest();
  let after: string | undefined;
  do {
    await slices.pause(connection);
    const { userId, deviceId } = connection.requireSession();
    const keys = await store
      .listShareKeys({ groupId, userId, deviceId }, { after, limit: NAMES_A_STEP })
      .catch((error: unknown) => {
        if (error instanceof ShoalError && NO_MEMBER.has(error.code)) return undefined;
        throw error;
      });
    if (!keys) return undefined;
    for (const key of keys) digest.addKey(key);
    after = keys.length < NAMES_A_STEP ? undefined : keys.at(-1);
  } while (after !== undefined && digest.count <= expected);
  return digest;
}
