import { compileWildmatch, type Wildmatch, wildmatches } from './wildmatch.js';

/** What the rules say about a path; undefined if no rule matches it. */
export type Verdict = 'out' | 'in' | undefined;

interface Rule {
  readonly verdict: 'out' | 'in';
  readonly foldersOnly: boolean;
  /** Whether it is matched with the last name of a path instead of the whole path. */
  readonly byLastName: boolean;
  matches(name: string): boolean;
}

/** The rules of a `.gitignore`, which match paths as git's `dir.c` does. */
export class IgnoreRules {
  readonly #rules: readonly Rule[];
  readonly #foldsCase: boolean;

  /** @param foldsCase whether ASCII letters match in both cases, as in a repository with `core.ignorecase` */
  constructor(text: string, foldsCase: boolean) {
    this.#foldsCase = foldsCase;
    const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
    this.#rules = lines.flatMap((line) => parseRule(line, foldsCase) ?? []).reverse();
  }

  /** The verdict on a path relative to the folder of the rules. The last rule that matches decides. */
  verdict(path: string, isFolder: boolean): Verdict {
    const bytes = lowered(bytesOf(path), this.#foldsCase);
    const last = bytes.slice(bytes.lastIndexOf('/') + 1);
    const rule = this.#rules.find(
      ({ foldersOnly, byLastName, matches }) => (isFolder || !foldersOnly) && matches(byLastName ? last : bytes),
    );
    return rule?.verdict;
  }
}

/** Whether git on this system creates repositories that fold the case of names. */
export function foldsCaseHere(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' || platform === 'darwin';
}

/** Parses a line; undefined if it has no rule or nothing can match it. */
function parseRule(line: string, foldsCase: boolean): Rule | undefined {
  if (line.startsWith('#')) return undefined;
  let pattern = bytesOf(withoutSpacesAtEnd(line));
  const verdict = pattern.startsWith('!') ? 'in' : 'out';
  if (verdict === 'in') pattern = pattern.slice(1);
  const foldersOnly = pattern.endsWith('/');
  if (foldersOnly) pattern = pattern.slice(0, -1);
  const byLastName = !pattern.includes('/');
  const matches = matcherOf(pattern.startsWith('/') ? pattern.slice(1) : pattern, byLastName, foldsCase);
  return matches && { verdict, foldersOnly, byLastName, matches };
}

function matcherOf(pattern: string, byLastName: boolean, foldsCase: boolean): Rule['matches'] | undefined {
  if (pattern === '') return undefined;
  const wild = pattern.search(/[*?[\\]/);
  const plain = lowered(wild === -1 ? pattern : pattern.slice(0, wild), foldsCase);
  if (wild === -1) return (name) => name === plain;
  if (byLastName && wild === 0 && !/[*?[\\]/.test(pattern.slice(1)) && pattern.startsWith('*')) {
    const ending = lowered(pattern.slice(1), foldsCase);
    return (name) => name.endsWith(ending);
  }
  // Like git, it compares the part before the first wildcard on its own. So `a**/b` matches `ab`, as in git.
  const start = byLastName ? '' : plain;
  const tokens: Wildmatch | undefined = compileWildmatch(pattern.slice(start.length), foldsCase);
  return tokens && ((name) => name.startsWith(start) && wildmatches(tokens, name.slice(start.length)));
}

/** Removes spaces at the end of a line, except after a backslash. */
function withoutSpacesAtEnd(line: string): string {
  let end = 0;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '\\') {
      if (++at >= line.length) return line;
    } else if (line[at] === ' ') {
      continue;
    }
    end = at + 1;
  }
  return line.slice(0, end);
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** ASCII letters in lower case if case is folded. */
function lowered(bytes: string, foldsCase: boolean): string {
  return foldsCase ? bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : bytes;
}
