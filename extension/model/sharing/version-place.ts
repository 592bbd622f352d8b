/** The URI scheme of versions that the editor shows. */
export const VERSION_SCHEME = 'shoal-version';

/** A larger version is not shown: the editor keeps a file in memory, several times. */
export const MAX_SHOWN_BYTES = 64 * 1024 * 1024;

/** One version of a file of a group. */
export interface VersionPlace {
  readonly groupId: string;
  readonly fileName: string;
  readonly version: number;
}

/** The path of a version in a URI. It ends in the file's name, by which the editor finds the language or a viewer. */
export function versionPath({ groupId, fileName, version }: VersionPlace): string {
  return `/${groupId}/v${version}/${fileName}`;
}

/** The version at a path; undefined if there can be none. Group names contain no slash. */
export function placeOfPath(path: string): VersionPlace | undefined {
  const [, groupId = '', number = '', fileName = ''] = /^\/([^/]+)\/v([1-9]\d{0,8})\/(.+)$/s.exec(path) ?? [];
  return groupId === '' ? undefined : { groupId, fileName, version: Number(number) };
}
