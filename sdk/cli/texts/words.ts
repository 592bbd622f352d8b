import { ShoalError } from '../../index.js';

/**
 * How a line is split into words: at spaces and tabs outside 'single' and "double" quotes.
 *
 * `posix`: a backslash escapes the next character; in double quotes only `"` and `\`, in single quotes nothing.
 * `windows`: a backslash is an ordinary character, so that `C:
 * ew folder\` and `\\server\share` work; a quote is written inside quotes of the other kind, and pieces in different
 * quotes can be joined.
 */
export type Quoting = 'posix' | 'windows';

/** A word of a line: its text, its position, and the quote that is still open at its end. */
export interface Word {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly open: '"' | "'" | undefined;
}

export function quotingOf(platform: NodeJS.Platform): Quoting {
  return platform === 'win32' ? 'windows' : 'posix';
}

/** Splits a line into words. @throws ShoalError `USAGE` if a quote is not closed */
export function splitWords(line: string, quoting: Quoting): string[] {
  return closed(scanWords(line, quoting)).map((word) => word.value);
}

function closed(words: readonly Word[]): readonly Word[] {
  const open = words.at(-1)?.open;
  if (open) throw new ShoalError('USAGE', `The quote ${open} is not closed: write another one at the end of the name.`);
  return words;
}

/** The words of a line with a password, and how version 0.1 read the first password, if that differs. */
export interface SecretLine {
  readonly words: readonly string[];
  readonly formerly: string | undefined;
}

/**
 * Splits a line whose words from `secretAt` on, `count` of them, are passwords. A password is literal, including quotes
 * and backslashes, unless it begins with a quote, so that it is the same as at the prompt. As in version 0.1, quotes
 * inside a single unquoted password keep its spaces.
 * @throws ShoalError `USAGE` if a quote is not closed
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

/** Splits a line that may be incomplete, for completion. */
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

/** Joins words into a line that `splitWords` splits into the same words. */
export function joinWords(words: readonly string[], quoting: Quoting): string {
  return words.map((word) => quoteWord(word, quoting)).join(' ');
}

/** Quotes a word if it needs quotes. */
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
