/**
 * The pattern language of git's `wildmatch.c`. Patterns and names are byte strings (latin1), because git compares
 * bytes: a `?` is one byte.
 */

const SLASH = 0x2f;

type Token =
  | { readonly kind: 'byte'; readonly byte: number }
  /** One byte except a slash: a question mark or a class. The table has the bytes that match. */
  | { readonly kind: 'one'; readonly table: Uint8Array }
  /** Any bytes without a slash. */
  | { readonly kind: 'star' }
  /** Any bytes. `orNothing`: it and the slash that follows may match nothing together. */
  | { readonly kind: 'starStar'; readonly orNothing: boolean };

/** A compiled pattern. */
export type Wildmatch = readonly Token[];

/**
 * Compiles a pattern; undefined if no name can match it.
 * @param foldsCase whether ASCII letters match in both cases; names are then given in lower case
 */
export function compileWildmatch(pattern: string, foldsCase: boolean): Wildmatch | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at];
    if (character === '*') {
      const end = endOfStars(pattern, at);
      tokens.push(starToken(pattern, at, end));
      at = end;
    } else if (character === '[') {
      const parsed = parseClass(pattern, at + 1, foldsCase);
      if (!parsed) return undefined;
      tokens.push({ kind: 'one', table: parsed.table });
      at = parsed.end;
    } else if (character === '?') {
      tokens.push({ kind: 'one', table: ANY });
      at += 1;
    } else if (character === '\\') {
      if (at + 1 >= pattern.length) return undefined;
      tokens.push({ kind: 'byte', byte: pattern.charCodeAt(at + 1) });
      at += 2;
    } else {
      tokens.push({ kind: 'byte', byte: folded(pattern.charCodeAt(at), foldsCase) });
      at += 1;
    }
  }
  return tokens;
}

/**
 * Whether a name matches. It goes back only to the last star of the segment, then to the last double star, so that the
 * time does not grow with a power of the number of stars.
 */
export function wildmatches(tokens: Wildmatch, name: string): boolean {
  let [token, at] = [0, 0];
  let star: { token: number; at: number } | undefined;
  let starStar: { token: number; at: number } | undefined;
  for (;;) {
    const next = tokens[token];
    if (next?.kind === 'star') {
      star = { token: ++token, at };
      continue;
    }
    if (next?.kind === 'starStar') {
      star = undefined;
      starStar = { token: ++token, at };
      if (next.orNothing) token += 1; // the slash; the way back includes it
      continue;
    }
    if (next === undefined && at === name.length) return true;
    if (next && at < name.length && matchesOne(next, name.charCodeAt(at))) {
      token += 1;
      at += 1;
    } else if (star && star.at < name.length && name.charCodeAt(star.at) !== SLASH) {
      star.at += 1;
      ({ token, at } = star);
    } else if (starStar && starStar.at <= name.length) {
      star = undefined;
      ({ token, at } = starStar);
      starStar.at += 1;
    } else {
      return false;
    }
  }
}

function matchesOne(token: Token, byte: number): boolean {
  if (token.kind === 'byte') return token.byte === byte;
  return token.kind === 'one' && token.table[byte] === 1;
}

function endOfStars(pattern: string, from: number): number {
  let end = from;
  while (pattern[end] === '*') end += 1;
  return end;
}

/** Several stars cross slashes only if they are a whole segment. */
function starToken(pattern: string, from: number, end: number): Token {
  if (end - from < 2) return { kind: 'star' };
  const isFirst = from === 0 || pattern[from - 1] === '/';
  const isLast = end === pattern.length || pattern[end] === '/' || pattern.startsWith('\\/', end);
  if (!isFirst || !isLast) return { kind: 'star' };
  return { kind: 'starStar', orNothing: pattern[end] === '/' };
}

/** Parses a class behind its bracket; undefined if it is malformed. */
function parseClass(
  pattern: string,
  start: number,
  foldsCase: boolean,
): { table: Uint8Array; end: number } | undefined {
  const isNegated = pattern[start] === '!' || pattern[start] === '^';
  const members = new Uint8Array(256);
  let before = 0;
  let at = isNegated ? start + 1 : start;
  for (let isFirst = true; isFirst || pattern[at] !== ']'; isFirst = false) {
    const character = pattern[at];
    if (character === undefined) return undefined;
    if (character === '\\') {
      if (at + 1 >= pattern.length) return undefined;
      before = pattern.charCodeAt(at + 1);
      members[before] = 1;
      at += 2;
    } else if (character === '-' && before !== 0 && at + 1 < pattern.length && pattern[at + 1] !== ']') {
      const last = pattern[at + 1] === '\\' ? at + 2 : at + 1;
      if (last >= pattern.length) return undefined;
      addRange(members, before, pattern.charCodeAt(last), foldsCase);
      before = 0;
      at = last + 1;
    } else if (character === '[' && pattern[at + 1] === ':') {
      const end = pattern.indexOf(']', at + 2);
      if (end === -1) return undefined;
      if (end > at + 2 && pattern[end - 1] === ':') {
        const isMember = NAMED.get(pattern.slice(at + 2, end - 1));
        if (!isMember) return undefined;
        for (let byte = 0; byte < 128; byte++) if (isMember(byte, foldsCase)) members[byte] = 1;
        before = 0;
        at = end + 1;
      } else {
        before = pattern.charCodeAt(at);
        members[before] = 1;
        at += 1;
      }
    } else {
      before = pattern.charCodeAt(at);
      members[before] = 1;
      at += 1;
    }
  }
  const table = members.map((isMember, byte) => (byte !== SLASH && (isMember === 1) !== isNegated ? 1 : 0));
  return { table, end: at + 1 };
}

function addRange(members: Uint8Array, first: number, last: number, foldsCase: boolean): void {
  for (let byte = first; byte <= last; byte++) {
    members[byte] = 1;
    if (foldsCase) members[folded(byte, true)] = 1;
  }
}

/** An ASCII letter in lower case if case is folded. */
function folded(byte: number, foldsCase: boolean): number {
  return foldsCase && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

const ANY = new Uint8Array(256).fill(1);
ANY[SLASH] = 0;

const isLower = (byte: number) => byte >= 0x61 && byte <= 0x7a;
const isUpper = (byte: number) => byte >= 0x41 && byte <= 0x5a;
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isAlphanumeric = (byte: number) => isLower(byte) || isUpper(byte) || isDigit(byte);
const isGraphic = (byte: number) => byte > 0x20 && byte < 0x7f;

/** Members of `[:NAME:]`, as git's own tables of characters have them. */
const NAMED: ReadonlyMap<string, (byte: number, foldsCase: boolean) => boolean> = new Map([
  ['alnum', isAlphanumeric],
  ['alpha', (byte: number) => isLower(byte) || isUpper(byte)],
  ['blank', (byte: number) => byte === 0x20 || byte === 0x09],
  ['cntrl', (byte: number) => byte < 0x20 || byte === 0x7f],
  ['digit', isDigit],
  ['graph', isGraphic],
  ['lower', isLower],
  ['print', (byte: number) => byte === 0x20 || isGraphic(byte)],
  ['punct', (byte: number) => isGraphic(byte) && !isAlphanumeric(byte)],
  ['space', (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d],
  ['upper', (byte: number, foldsCase: boolean) => isUpper(byte) || (foldsCase && isLower(byte))],
  ['xdigit', (byte: number) => isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)],
]);
