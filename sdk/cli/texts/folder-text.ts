import type { FolderShareResult } from '../../index.js';

type Changes = Pick<FolderShareResult, 'added' | 'changed' | 'removed'>;

/** What has changed in a shared folder: `3 new, 2 changed, 1 removed`. */
export function describeSharedChanges({ added, changed, removed }: Changes): string {
  const all = [
    [added, 'new'],
    [changed, 'changed'],
    [removed, 'removed'],
  ] as const;
  const some = all.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return some.length > 0 ? some.join(', ') : 'no changes';
}
