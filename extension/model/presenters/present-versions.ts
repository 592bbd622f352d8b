import type { FileVersion, SharedFile } from '@shoal/sdk';
import { formatAge, formatBytes, t } from '../../words/index.js';
import { escapeMarkdown } from './names.js';

/** The members who have a version. */
export type Holders = Pick<FileVersion, 'members' | 'membersOnline'>;

/** Who published a file and when; a tracker of version 0.1 knows only its first share. */
export function publicationOf(file: SharedFile): { by: string; atMs: number; version: number } {
  const { publishedBy = file.sharedBy, publishedAtMs = file.sharedAtMs, version = 1 } = file;
  return { by: publishedBy, atMs: publishedAtMs, version };
}

/** Whether a row shows author and age: not for a file that was never changed and is known. */
export function hasVersionFacts(file: SharedFile, isNew: boolean): boolean {
  return isNew || publicationOf(file).version > 1;
}

/** Version, author and age for a row: `v4`, `bob`, `2 h`. */
export function versionFacts(file: SharedFile, userId: string | undefined, nowMs: number, isNew: boolean): string[] {
  if (!hasVersionFacts(file, isNew)) return [];
  const { by, atMs, version } = publicationOf(file);
  return [...(version > 1 ? [t('v{0}', version)] : []), authorOf(by, userId), formatAge(atMs, nowMs)];
}

/** Markdown lines for a tooltip; text from others is escaped. */
export function versionLines(file: SharedFile, holders: Holders | undefined, locale: string): string[] {
  const { by, atMs, version } = publicationOf(file);
  const at = escapeMarkdown(new Date(atMs).toLocaleString(locale));
  const { note } = file;
  return [
    ...(version > 1 ? [t('Version {0}, published by {1} on {2}', version, escapeMarkdown(by), at)] : []),
    ...(note ? [t('Note of the author: {0}', escapeMarkdown(note))] : []),
    ...(holders ? [holdersOf(holders)] : []),
  ];
}

/** `3 members have it, 1 of them online` */
function holdersOf({ members, membersOnline }: Holders): string {
  return members === 1
    ? t('1 member has it, {0} online', membersOnline)
    : t('{0} members have it, {1} online', members, membersOnline);
}

/** A version in a list: its number, author and age, then what else there is to know. */
export function presentVersion(
  version: FileVersion,
  userId: string | undefined,
  nowMs: number,
  isMine: boolean,
): { label: string; description: string; detail: string } {
  const author = authorOf(version.publishedBy, userId);
  const facts = [author, formatAge(version.publishedAtMs, nowMs), ...(isMine ? [t('on this computer')] : [])];
  return {
    label: t('Version {0}', version.version),
    description: facts.join(' · '),
    detail: [formatBytes(version.sizeBytes), holdersOf(version), ...(version.note ? [plain(version.note)] : [])].join(
      ' · ',
    ),
  };
}

function authorOf(publishedBy: string, userId: string | undefined): string {
  return publishedBy === userId ? t('me') : publishedBy;
}

/** In one line, and without what the editor draws as icons. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('$(', '$ (');
}
