import { ShoalError } from '../../protocol/index.js';
import { MAX_PATTERN_CHARACTERS, MAX_PATTERNS } from '../library/records/library-schema.js';
import { foldsCaseHere, IgnoreRules } from '../selection/ignore-rules.js';

/** Patterns in the syntax of `.gitignore`. */
export interface Patterns {
  /** What to take; undefined: everything. */
  readonly include?: readonly string[] | undefined;
  /** What to leave out of that. */
  readonly exclude?: readonly string[] | undefined;
}

/** Decides which files of a folder a download takes. A pattern that matches a folder matches everything below it. */
export class PathFilter {
  readonly #include: IgnoreRules | undefined;
  readonly #exclude: IgnoreRules;

  constructor({ include, exclude = [] }: Patterns, foldsCase = foldsCaseHere()) {
    this.#include = include && include.length > 0 ? new IgnoreRules(include.join('\n'), foldsCase) : undefined;
    this.#exclude = new IgnoreRules(exclude.join('\n'), foldsCase);
  }

  /** @param segments the path of a file below the folder, or of a folder */
  takes(segments: readonly string[], isFolder = false): boolean {
    const isMatch = (rules: IgnoreRules) => matches(rules, segments, isFolder);
    return (!this.#include || isMatch(this.#include)) && !isMatch(this.#exclude);
  }
}

/** Checks patterns that a user gave. @returns those that say something @throws ShoalError `INVALID_ARGUMENT` */
export function checkPatterns({ include, exclude }: Patterns): Patterns {
  return { ...given('include', include), ...given('exclude', exclude) };
}

/** Whether two downloads take the same files. */
export function samePatterns(one: Patterns, other: Patterns): boolean {
  const asText = ({ include = [], exclude = [] }: Patterns) => JSON.stringify([include, exclude]);
  return asText(one) === asText(other);
}

function given(name: 'include' | 'exclude', patterns: readonly string[] | undefined): Patterns {
  if (!patterns || patterns.length === 0) return {};
  const wrong = patterns.find((one) => one.length > MAX_PATTERN_CHARACTERS || /[\n\r\0]/.test(one) || isEmpty(one));
  if (wrong !== undefined || patterns.length > MAX_PATTERNS) {
    const bounds = `at most ${MAX_PATTERNS} patterns of 1 to ${MAX_PATTERN_CHARACTERS} characters on one line`;
    const what = wrong === undefined ? `${patterns.length} patterns` : JSON.stringify(wrong.slice(0, 100));
    throw new ShoalError(
      'INVALID_ARGUMENT',
      `${what} cannot be used to ${name} files: give ${bounds}, as in .gitignore.`,
    );
  }
  return { [name]: [...patterns] };
}

/** A line without a pattern: blank, or a comment. */
function isEmpty(pattern: string): boolean {
  return pattern.trim() === '' || pattern.startsWith('#');
}

function matches(rules: IgnoreRules, segments: readonly string[], isFolder: boolean): boolean {
  return segments.some((_, at) => {
    const isAbove = at < segments.length - 1;
    return rules.verdict(segments.slice(0, at + 1).join('/'), isAbove || isFolder) === 'out';
  });
}
