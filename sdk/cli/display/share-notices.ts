import type { Share, ShareStateName } from '../../index.js';
import type { PeerClient } from '../client.js';
import { count } from '../texts/format.js';
import type { NoticeKind } from './display.js';

/** Changes in this time are told of together. */
const GATHERED_MS = 250;
/** Shares in the same state that are told of one by one. More of them get one line. */
const MAX_LINES = 3;

/** What is said of a share that is not available. */
export const STATE_WORDS: Readonly<Record<Exclude<ShareStateName, 'available'>, string>> = {
  verifying: 'being verified',
  edited: 'edited since it was shared',
  behind: 'older than the newest version of the group',
  missing: 'missing',
  unreadable: 'unreadable for now',
};

/** What the user can do, or what Shoal does. */
const ADVICE: Readonly<Record<ShareStateName, string>> = {
  available: '',
  verifying: '',
  edited: '; upload_file publishes it as a new version',
  behind: '; download_file brings the newest',
  missing: '; it is served again once it is back',
  unreadable: '; it is tried again',
};

/** Calls `act` once, after `ms`. */
export type Later = (act: () => void, ms: number) => void;

const byTimer: Later = (act, ms) => void setTimeout(act, ms).unref();

/** Tells of shares that are not available any more, or available again: thousands of them in one line. */
export function announceShares(
  client: PeerClient,
  show: (text: string, kind: NoticeKind) => void,
  later: Later = byTimer,
): void {
  let changed = new Map<string, Share>();
  /** The shares of which a trouble was told. */
  const troubled = new Set<string>();
  const tell = () => {
    const byState = new Map<ShareStateName, Share[]>();
    for (const [key, share] of changed) {
      const { name } = share.state;
      if (name === 'verifying' || (name === 'available' && !troubled.delete(key))) continue;
      if (name !== 'available') troubled.add(key);
      const others = byState.get(name);
      if (others) others.push(share);
      else byState.set(name, [share]);
    }
    changed = new Map();
    for (const [name, shares] of byState) {
      const kind = name === 'available' ? 'news' : 'trouble';
      for (const line of linesOf(name, shares)) show(line, kind);
    }
  };
  client.on('shareChanged', (share) => {
    if (isFollowed(client, share)) return;
    if (changed.size === 0) later(tell, GATHERED_MS);
    changed.set(`${share.groupId}\n${share.fileName}`, share);
  });
}

/** Whether the change will be shared by itself, because the file is in a watched folder. */
function isFollowed(client: PeerClient, { groupId, fileName, state }: Share): boolean {
  if (state.name !== 'edited' && state.name !== 'missing') return false;
  return client
    .sharedFolders()
    .some((one) => one.watch && one.groupId === groupId && fileName.startsWith(`${one.folder}/`));
}

function linesOf(name: ShareStateName, shares: readonly Share[]): string[] {
  const what = name === 'available' ? 'available again' : STATE_WORDS[name];
  const [first] = shares;
  if (!first || shares.length <= MAX_LINES)
    return shares.map((share) => `${share.fileName} in ${share.groupId}: ${what}${because(share)}${ADVICE[name]}`);
  const example = `${first.fileName} in ${first.groupId}`;
  return [`${count(shares.length, 'share')}, such as ${example}: ${what}${because(first)}${ADVICE[name]}`];
}

function because({ state: { why } }: Share): string {
  return why === undefined ? '' : ` (${why.replace(/\.$/, '')})`;
}
