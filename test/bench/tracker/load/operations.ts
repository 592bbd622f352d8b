import { randomBytes } from 'node:crypto';
import { createManifest, encodeManifest } from '../../../../sdk/protocol/index.js';
import { contentId, fileName } from './fill.js';
import { LightClient } from './light-client.js';
import { NOTHING_LEFT } from './loops.js';
import { localAddress, type Member } from './members.js';

/** What a member asks of a tracker. */
export type Operation = (member: Member) => Promise<unknown>;

const PAGE = 20;
const FILE_BYTES = 8;

/** A member asks for one file of the group after the other. */
const fileAt = ({ groups }: Member, turn: number): number => turn % groups.files;
const holdingAt = (member: Member, turn: number) => ({
  groupId: member.groupId,
  manifestId: contentId(member.groups, member.group, fileAt(member, turn)),
});

/** Requests that leave nothing behind, by name. */
export const OPERATIONS = {
  listGroups: ({ client }) => client.ask('listGroups', { mine: true, limit: PAGE }),
  listMembers: ({ client, groupId }) => client.ask('listMembers', { groupId, limit: PAGE }),
  listFiles: ({ client, groupId }) => client.ask('listFiles', { groupId, limit: PAGE }),
  ticket: ({ client, groupId }) => client.ask('ticket', { groupId }),
  findSources: (member) => {
    const { client, groupId } = member;
    return client.ask('findSources', { groupId, fileName: fileName(fileAt(member, member.turns++)) });
  },
  unwatch: (member) => member.client.ask('unwatch', holdingAt(member, member.turns++)),
  locateFiles: (member) => {
    const { client, groupId, groups } = member;
    const fileNames = Array.from({ length: Math.min(PAGE, groups.files) }, (_, file) => fileName(file));
    return client.ask('locateFiles', { groupId, fileNames });
  },
  // Each time something else than before, so that it is news.
  announce: (member) => {
    const turn = member.announced++;
    const complete = Math.floor(turn / member.groups.files) % 2 === 1;
    return member.client.ask('announce', { items: [{ ...holdingAt(member, turn), complete }] });
  },
  meet: (member) => {
    const { client, groupId, mates } = member;
    const others = mates.filter((mate) => mate !== member);
    const deviceId = others[member.turns++ % others.length]?.client.deviceId ?? '';
    return client.ask('meet', { groupId, deviceId, by: 'relay' });
  },
} satisfies Record<string, Operation>;

/** A new connection and a session that goes on, until the client leaves again. */
export async function signInAgain(url: string, member: Member): Promise<void> {
  const { token, spare } = member.session;
  const client = await LightClient.open(url, localAddress(member.turns++));
  await client.signIn(token, spare);
  client.close();
}

/** Shares new files, whose names the list then has, and stops sharing them. */
export function sharing(names: Map<Member, string[]>): {
  readonly shareFile: Operation;
  readonly stopShare: Operation;
} {
  return {
    shareFile: (member) => {
      const name = `new-${randomBytes(6).toString('hex')}.bin`;
      const shared = names.get(member) ?? [];
      names.set(member, shared);
      shared.push(name);
      const fileDigest = randomBytes(20);
      const made = createManifest({ algorithm: 'sha1', sizeBytes: FILE_BYTES, fileDigest, pieceDigests: fileDigest });
      const manifest = Buffer.from(encodeManifest(made)).toString('base64url');
      const files = [{ fileName: name, manifestId: made.id, manifest }];
      return member.client.ask('shareFiles', { groupId: member.groupId, files });
    },
    stopShare: async (member) => {
      const name = names.get(member)?.pop();
      if (name === undefined) return NOTHING_LEFT;
      return member.client.ask('stopShares', { groupId: member.groupId, fileNames: [name] });
    },
  };
}
