import type { FolderChanges, FolderDownload, KeptFile } from '../../index.js';

/** Why a file is left alone. */
export const KEPT_WORDS: Readonly<Record<KeptFile['why'], string>> = {
  edited: 'edited here',
  removed: 'removed from the group',
};

/** The kinds of files in the order in which they are told. */
const CHANGE_WORDS: Readonly<Record<keyof FolderChanges, string>> = {
  added: 'new',
  restored: 'restored',
  updated: 'updated',
  unchanged: 'unchanged',
  ...KEPT_WORDS,
  deleted: 'deleted here',
};
const CHANGE_KINDS = ['added', 'restored', 'updated', 'unchanged', 'edited', 'removed', 'deleted'] as const;

/** Files left alone that a line names. */
const TOLD = 3;

/** `3 new, 1 updated, 2 edited here: /out/a, /out/b`; empty if all files are new. */
export function describeChanges({ changes, kept }: Pick<FolderDownload, 'changes' | 'kept'>): string {
  const told = CHANGE_KINDS.filter((kind) => changes[kind] > 0);
  if (told.every((kind) => kind === 'added')) return '';
  const counts = told.map((kind) => `${changes[kind]} ${CHANGE_WORDS[kind]}`).join(', ');
  if (kept.length === 0) return counts;
  const named = kept.slice(0, TOLD).map(({ path, why }) => `${path} (${KEPT_WORDS[why]})`);
  const more = changes.edited + changes.removed - named.length;
  return `${counts}; left alone: ${named.join(', ')}${more > 0 ? `, and ${more} more; show_kept lists them` : ''}`;
}
