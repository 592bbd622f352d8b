import { lastName } from '@shoal/sdk/protocol';
import { t } from '../../words/index.js';
import type { GroupNews } from '../news/news-marks.js';
import { filesOf } from './present-folders.js';

/** More file names would not fit into a notification. */
const NAMES = 3;

/** `3 new files` */
function newFilesOf(count: number): string {
  return count === 1 ? t('1 new file') : t('{0} new files', count);
}

/** The number at the view's icon and its text; undefined for nothing. */
export function presentBadge(requests: number, unseen: number): { value: number; tooltip: string } | undefined {
  if (requests + unseen === 0) return undefined;
  const parts = [
    ...(requests === 0 ? [] : [requests === 1 ? t('1 join request') : t('{0} join requests', requests)]),
    ...(unseen === 0 ? [] : [newFilesOf(unseen)]),
  ];
  return { value: requests + unseen, tooltip: parts.join(', ') };
}

/** One notification for the news of some groups. */
export function presentDigest(groups: readonly GroupNews[]): string {
  const [first] = groups;
  const files = groups.flatMap((group) => group.files);
  const names = files
    .slice(-NAMES)
    .reverse()
    .map(({ fileName }) => lastName(fileName));
  const list = files.length > NAMES ? `${names.join(', ')}, …` : names.join(', ');
  if (!first || groups.length > 1)
    return t('{0} in {1}: {2}', newFilesOf(files.length), groups.map(({ groupId }) => groupId).join(', '), list);
  const authors = [...new Set(files.map(({ by }) => by))];
  const [author = ''] = authors;
  if (authors.length > 1) return t('{0} in {1}: {2}', newFilesOf(files.length), first.groupId, list);
  if (files.length === 1) return t('{0} published {1} in {2}.', author, list, first.groupId);
  return t('{0} published {1} in {2}: {3}', author, filesOf(files.length), first.groupId, list);
}
