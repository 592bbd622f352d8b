/** Patterns of the SDK's `downloadFolder`, at most so many. */
const MAX_PATTERNS = 1000;

export interface Part {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** A child of a folder that the user may take: a subfolder or a file, by its path in the group. */
export interface Child {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * The patterns that take these children of a folder: those that are taken or those that are not, whatever is shorter.
 * Undefined if that is more than a download accepts.
 */
export function partOf(folder: string, children: readonly Child[], taken: ReadonlySet<string>): Part | undefined {
  const [include, exclude]: [string[], string[]] = [[], []];
  for (const child of children) (taken.has(child.path) ? include : exclude).push(patternOf(folder, child));
  if (exclude.length === 0) return {};
  if (Math.min(include.length, exclude.length) > MAX_PATTERNS) return undefined;
  return include.length <= exclude.length ? { include } : { exclude };
}

/** The pattern, in the syntax of `.gitignore`, that matches a child of a folder and nothing else. */
function patternOf(folder: string, { path, isFolder }: Child): string {
  const name = path.slice(folder.length + 1).replace(/[\\*?[\]]/g, '\\$&');
  if (isFolder) return `/${name}/`;
  return `/${name.replace(/ +$/, (spaces) => '\\ '.repeat(spaces.length))}`;
}
