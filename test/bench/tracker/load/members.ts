import { eachInLanes } from '../../../../sdk/program/index.js';
import { contentId, type Groups, groupName, memberAt } from './fill.js';
import { LightClient } from './light-client.js';
import type { Session } from './sessions.js';

/** A member of a group who is online. */
export interface Member {
  readonly client: LightClient;
  readonly session: Session;
  readonly groups: Groups;
  /** The number of the group. */
  readonly group: number;
  readonly groupId: string;
  /** All of the group who signed in together, with this one. */
  mates: Member[];
  /** How often it asked, and how often it announced: each time for another file. */
  turns: number;
  announced: number;
}

/** Members who sign in at once: more would only wait. */
const AT_ONCE = 32;
const CLIENTS_AN_ADDRESS = 200;

/** Addresses of loopback for clients: nobody has so many at one. */
export function localAddress(client: number): string {
  const address = Math.floor(client / CLIENTS_AN_ADDRESS);
  return `127.0.${1 + Math.floor(address / 250)}.${1 + (address % 250)}`;
}

/** Signs in members of groups, with the sessions `from` to `to`, at nodes in turns. */
export async function signInMembers(
  urls: readonly string[],
  groups: Groups,
  sessions: readonly Session[],
  from: number,
  to: number,
): Promise<Member[]> {
  const members: Member[] = [];
  const chosen = [...sessions.entries()].slice(from, to);
  await eachInLanes(AT_ONCE, chosen, async ([index, session]) => {
    members[index - from] = await signInMember(urls[index % urls.length] ?? '', groups, index, session);
  });
  const byGroup = new Map<number, Member[]>();
  for (const member of members) {
    const mates = byGroup.get(member.group) ?? member.mates;
    byGroup.set(member.group, mates);
    mates.push(member);
    member.mates = mates;
  }
  return members;
}

/** Each of them has all files of his group. */
export function announceAll(members: readonly Member[]): Promise<void> {
  return eachInLanes(AT_ONCE, members, async ({ client, groups, group, groupId }) => {
    const items = Array.from({ length: groups.files }, (_, file) => ({
      ...{ groupId, manifestId: contentId(groups, group, file), complete: true },
    }));
    await client.ask('announce', { items });
  });
}

async function signInMember(url: string, groups: Groups, index: number, session: Session): Promise<Member> {
  const { group } = memberAt(groups, index);
  const client = await LightClient.open(url, localAddress(index));
  await client.signIn(session.token, session.device);
  const groupId = groupName(groups, group);
  return { client, session, groups, group, groupId, mates: [], turns: index, announced: 0 };
}
