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
  const words = scanWords(line, quoting);
  const open = words.at(-1)?.open;
  if (open) throw new ShoalError('USAGE', `The quote ${open} is not closed: write another one where the name ends.`);
  return words.map((word) => word.value);
}

/** The words of a line with a password, and what version 0.1 took for the password, where that was another word. */
export interface SecretLine {
  readonly words: readonly string[];
  readonly formerly: string | undefined;
}

/**
 * The words of a line of which the one at `secretAt` is a password. Unless that begins with a quote it is what stands there,
 * quotes and backslashes included, so that it is the same word as when someone is asked for it.
 * @throws ShoalError `USAGE` when a quote is not closed
 */
export function splitSecretLine(line: string, quoting: Quoting, secretAt: number): SecretLine {
  const words = scanWords(line, quoting);
  const secret = words[secretAt];
  const isQuoted = secret !== undefined && isQuote(line.charAt(secret.start));
  if (!secret || isQuoted) return { words: splitWords(line, quoting), formerly: undefined };
  const end = secret.open ? endOfBare(line, secret.start) : secret.end;
  const value = line.slice(secret.start, end);
  return {
    words: [...words.slice(0, secretAt).map((word) => word.value), value, ...splitWords(line.slice(end), quoting)],
    formerly: secret.open || secret.value === value ? undefined : secret.value,
  };
}

/** The words of a line that need not be complete, as for completion. */
export function scanWords(line: string, quoting: Quoting): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (isBlank(line[at])) {
      at++;
      continue;
    }
    const word = scanWord(line, at, quoting);
    words.push(word);
    at = word.end;
  }
  return words;
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
