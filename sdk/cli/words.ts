import { ShoalError } from '../index.js';

/**
 * How a line is split into words: at spaces and tabs, but for those in 'single' or "double" quotes.
 *
 * `posix`: a backslash makes the next character ordinary; in double quotes it does so for `"` and `\` only, and in single
 * quotes never. `windows`: a backslash is ordinary everywhere, so that `C:\new folder\` and `\\server\share` stay what
 * they are; a quote is written between quotes of the other kind, and pieces in different quotes stand side by side.
 */
export type Quoting = 'posix' | 'windows';

/** A word of a line: what it says, where it stands, and the quote that is still open at its end. */
export interface Word {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly open: '"' | "'" | undefined;
}

export function quotingOf(platform: NodeJS.Platform): Quoting {
  return platform === 'win32' ? 'windows' : 'posix';
}

/** The words of a line. @throws ShoalError `USAGE` when a quote is not closed */
export function splitWords(line: string, quoting: Quoting): string[] {
  return closed(scanWords(line, quoting)).map((word) => word.value);
}

function closed(words: readonly Word[]): readonly Word[] {
  const open = words.at(-1)?.open;
  if (open) throw new ShoalError('USAGE', `The quote ${open} is not closed: write another one at the end of the name.`);
  return words;
}

/** The words of a line with a password, and what version 0.1 took for the first, where that was another word. */
export interface SecretLine {
  readonly words: readonly string[];
  readonly formerly: string | undefined;
}

/**
 * The words of a line of which `count` from `secretAt` on are passwords. Unless one begins with a quote it is what stands there,
 * quotes and backslashes included, so that it is the same word as when someone is asked for it. Quotes in a bare one keep blanks in it
 * where it is the only one, as they did in version 0.1.
 * @throws ShoalError `USAGE` when a quote is not closed
 */
export function splitSecretLine(line: string, quoting: Quoting, secretAt: number, count = 1): SecretLine {
  const before = closed(scanWords(line, quoting).slice(0, secretAt));
  const secrets: string[] = [];
  let formerly: string | undefined;
  let at = before.at(-1)?.end ?? 0;
  while (secrets.length < count) {
    const word = nextWord(line, at, quoting);
    if (!word || (word.open && isQuote(line.charAt(word.start)))) break;
    const isBare = !isQuote(line.charAt(word.start));
    at = isBare && (word.open || count > 1) ? endOfBare(line, word.start) : word.end;
    const value = isBare ? line.slice(word.start, at) : word.value;
    if (secrets.length === 0 && !word.open && word.end === at && word.value !== value) formerly = word.value;
    secrets.push(value);
  }
  const rest = splitWords(line.slice(at), quoting);
  return { words: [...before.map((word) => word.value), ...secrets, ...rest], formerly };
}

/** The words of a line that need not be complete, as for completion. */
export function scanWords(line: string, quoting: Quoting): Word[] {
  const words: Word[] = [];
  for (let word = nextWord(line, 0, quoting); word; word = nextWord(line, word.end, quoting)) words.push(word);
  return words;
}

function nextWord(line: string, from: number, quoting: Quoting): Word | undefined {
  let at = from;
  while (isBlank(line[at])) at++;
  return at < line.length ? scanWord(line, at, quoting) : undefined;
}

/** Words as a line that `splitWords` splits into the same words again. */
export function joinWords(words: readonly string[], quoting: Quoting): string {
  return words.map((word) => quoteWord(word, quoting)).join(' ');
}

/** A word as it is written on a line: bare where that will do, else in quotes. */
export function quoteWord(word: string, quoting: Quoting): string {
  const special = quoting === 'posix' ? /^$|^#|[\s"'\\]/ : /^$|^#|[\s"']/;
  return special.test(word) ? doubleQuoted(word, quoting) : word;
}

/** A word in double quotes, whether it needs them or not. */
export function doubleQuoted(word: string, quoting: Quoting): string {
  if (quoting === 'posix') return `"${word.replace(/["\\]/g, '\\$&')}"`;
  return word
    .split(/("+)/)
    .filter((part, index) => part !== '' || index === 0)
    .map((part) => (part.startsWith('"') ? `'${part}'` : `"${part}"`))
    .join('');
}

function scanWord(line: string, start: number, quoting: Quoting): Word {
  let at = start;
  let value = '';
  let open: Word['open'];
  for (; at < line.length; at++) {
    const character = line.charAt(at);
    if (open === undefined && isBlank(character)) break;
    if (character === '\\' && quoting === 'posix' && escapes(open, line[at + 1])) value += line.charAt(++at);
    else if (character === open) open = undefined;
    else if (open === undefined && isQuote(character)) open = character;
    else value += character;
  }
  return { value, start, end: at, open };
}

function escapes(open: Word['open'], next: string | undefined): boolean {
  if (next === undefined || open === "'") return false;
  return open === undefined || next === '"' || next === '\\';
}

function endOfBare(line: string, start: number): number {
  let end = start;
  while (end < line.length && !isBlank(line[end])) end++;
  return end;
}

function isQuote(character: string): character is '"' | "'" {
  return character === '"' || character === "'";
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}
