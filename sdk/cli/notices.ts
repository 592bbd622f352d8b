import { formatBytes, nameKey, type ShoalError } from '../index.js';
import type { AnyDownload, PeerClient } from './client.js';
import { describeSettings } from './commands/group-settings.js';
import type { NoticeKind } from './display/display.js';
import { announceShares } from './display/share-notices.js';
import { describeChanges } from './texts/changes-text.js';
import { describeSharedChanges } from './texts/folder-text.js';
import { count } from './texts/format.js';
import { joinWords, type Quoting } from './texts/words.js';

export interface NoticeOptions {
  readonly client: PeerClient;
  readonly quoting: Quoting;
  readonly show: (text: string, kind: NoticeKind) => void;
  /** Whether a command reports this download itself. */
  readonly isReported: (download: AnyDownload) => boolean;
}

/** Shows the events of a client, except those that a command's own answer reports. */
export function announce({ client, quoting, show: tell, isReported }: NoticeOptions): void {
  const show = (text: string) => tell(text, 'news');
  const warn = (text: string) => tell(text, 'trouble');
  const isMe = (userId: string) => client.userId !== undefined && nameKey(client.userId) === nameKey(userId);

  if (client.reachProblem) warn(`${client.reachProblem} (--advertise HOST[:PORT])`);
  client.on('disconnected', ({ error }) => warn(awayText(error)));
  client.on('connected', ({ resumed }) => show(`the tracker is back${resumed ? '; you are logged in again' : ''}`));
  client.on('sessionEnded', ({ reason }) => {
    warn(
      reason === 'replaced'
        ? 'this device signed in elsewhere: log in again to continue here'
        : 'your session has expired: log in again',
    );
  });
  client.on('joinRequested', ({ groupId, userId }) => {
    show(`${userId} asks to join ${groupId}: ${joinWords(['accept_request', groupId, userId], quoting)}`);
  });
  client.on('membershipChanged', ({ groupId, userId, change, ownerId }) => {
    if (isMe(userId)) {
      const mine = OWN_CHANGE[change];
      if (mine) show(mine(groupId));
    } else if (change === 'left' || !isMe(ownerId)) {
      show(OTHERS_CHANGE[change](userId, groupId));
    }
  });
  client.on('fileShared', ({ groupId, file }) => {
    const isOwn = client.shares().some((share) => share.groupId === groupId && share.fileName === file.fileName);
    if (isOwn || isMe(file.sharedBy)) return;
    show(`${file.fileName} (${formatBytes(file.sizeBytes)}) is shared in ${groupId} by ${file.sharedBy}`);
  });
  client.on('filesShared', ({ groupId, files: [first, ...others] }) => {
    if (!first || isMe(first.sharedBy)) return;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    show(`${first.fileName}${more} ${others.length > 0 ? 'are' : 'is'} shared in ${groupId} by ${first.sharedBy}`);
  });
  client.on('fileUpdated', ({ groupId, file }) => {
    const { fileName, version, sizeBytes, publishedBy = file.sharedBy, note } = file;
    if (isMe(publishedBy)) return;
    const what = `version ${version} of ${fileName} (${formatBytes(sizeBytes)})`;
    show(`${publishedBy} published ${what} in ${groupId}${note ? `: ${note}` : ''}`);
  });
  client.on('filesUpdated', ({ groupId, files: [first, ...others] }) => {
    if (!first || isMe(first.publishedBy ?? first.sharedBy)) return;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    show(`${first.fileName}${more} ${others.length > 0 ? 'have new versions' : 'has a new version'} in ${groupId}`);
  });
  client.on('filesRemoved', ({ groupId, files: [first, ...others], removedBy }) => {
    if (!first || isMe(removedBy)) return;
    const [more, are] = others.length === 0 ? ['', 'was'] : [` and ${others.length} more`, 'were'];
    show(
      `${first.fileName}${more} ${are} removed from ${groupId} by ${removedBy}; your files stay, and are not shared`,
    );
  });
  client.on('groupChanged', ({ groupId, ...settings }) => show(`${groupId} changed: ${describeSettings(settings)}`));
  client.on('folderShared', ({ groupId, folder, skipped, ...changes }) => {
    const left =
      skipped.length > 0 ? `; ${skipped.length} skipped, such as ${skipped[0]?.path} (${skipped[0]?.why})` : '';
    show(`folder ${folder} in ${groupId}: ${describeSharedChanges(changes)}${left}`);
  });
  client.on('folderShareFailed', ({ groupId, folder, error }) => {
    warn(`folder ${folder} in ${groupId} is not shared again for now: ${error.message}`);
  });
  announceShares(client, tell);
  client.on('shareLost', ({ fileName, groupId, reason }) => {
    if (reason !== 'refused') return; // its state tells more
    warn(`${fileName} is no longer shared in ${groupId}: the group no longer accepts it from this device`);
  });
  client.on('downloadChanged', (download) => {
    const { state, fileName, groupId, progress } = download;
    if (state.name === 'complete') {
      show(`${fileName} from ${groupId} is complete: ${state.path} (${formatBytes(progress.sizeBytes)})`);
    } else if (state.name === 'failed' && !isReported(download)) {
      warn(`download of ${fileName} from ${groupId} failed: ${state.error.code}: ${state.error.message}`);
    }
  });
  client.on('folderChanged', (download) => {
    const { state, folder, groupId, progress } = download;
    if (state.name === 'complete') {
      const what = `${count(progress.fileCount, 'file')}, ${formatBytes(progress.sizeBytes)}`;
      const changes = describeChanges(download);
      show(`folder ${folder} from ${groupId} is complete: ${state.path} (${what})${changes && `: ${changes}`}`);
    } else if (state.name === 'failed' && !isReported(download)) {
      warn(`download of folder ${folder} from ${groupId} failed: ${state.error.code}: ${state.error.message}`);
    }
  });
}

/** The text for a lost connection, or for another problem that is found while reconnecting. */
function awayText({ code, message }: ShoalError): string {
  if (code === 'DISCONNECTED') return `the tracker is unreachable (${code}): reconnecting; transfers continue`;
  return `the tracker is unreachable: ${code}: ${message} Shoal keeps reconnecting; transfers continue.`;
}

type Change = 'joined' | 'rejected' | 'left' | 'removed' | 'dissolved';

/** The user's own actions, such as leaving, are not reported. */
const OWN_CHANGE: Partial<Record<Change, (groupId: string) => string>> = {
  joined: (groupId) => `you are a member of ${groupId} now`,
  rejected: (groupId) => `your request to join ${groupId} was rejected`,
  removed: (groupId) => `you were removed from ${groupId}`,
};

const OTHERS_CHANGE: Record<Change, (userId: string, groupId: string) => string> = {
  joined: (userId, groupId) => `${userId} joined ${groupId}`,
  rejected: (userId, groupId) => `the request of ${userId} to join ${groupId} was rejected`,
  left: (userId, groupId) => `${userId} left ${groupId}`,
  removed: (userId, groupId) => `${userId} was removed from ${groupId}`,
  dissolved: (_userId, groupId) => `${groupId} was dissolved`,
};
