import { readFileSync } from 'node:fs';

export const ERRORS_PAGE = new URL('../../docs/errors.md', import.meta.url);

const SOURCE = new URL('../../sdk/protocol/errors.ts', import.meta.url);
const HEAD = `# Error codes

Every failure is a \`ShoalError\`. Its \`code\` is one of these strings: they are the same over the wire, in the SDK, in the terminal and in the
editor, and a version never changes their meaning. Its \`message\` is for people.

\`npm run docs:errors\` makes this page of the comments in \`sdk/protocol/errors.ts\`.

| code | meaning | what to do |
| --- | --- | --- |
`;

export interface CodeEntry {
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
}

/** The codes of `sdk/protocol/errors.ts` that have a comment with meaning and remedy. */
export function codeEntries(source = readFileSync(SOURCE, 'utf8')): CodeEntry[] {
  const entries = source.matchAll(/^ {2}\/\*\* (.+?) Remedy: (.+?) \*\/\n {2}'([A-Z_]+)',$/gm);
  return [...entries].map(([, meaning = '', remedy = '', code = '']) => ({ code, meaning, remedy }));
}

/** The text of `docs/errors.md`. */
export function errorsPage(entries = codeEntries()): string {
  return HEAD + entries.map(({ code, meaning, remedy }) => `| \`${code}\` | ${meaning} | ${remedy} |\n`).join('');
}
