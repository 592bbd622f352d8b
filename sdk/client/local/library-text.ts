import { createHash } from 'node:crypto';
import type { LibraryContents, LibraryShare } from './library-schema.js';

/** The first line, with a digest of those below. */
const START = /^\{"version":1,"digest":"([0-9a-f]{64})",\n/;

/** Shares that are kept in one piece of text: as long as none of them changes, it is written as it is. */
const CHUNK_SHARES = 256;

/**
 * The bytes of `library.json`: JSON, a line for each share. It is written whole after each change, and of thousands of shares few have changed: what has
 * not is neither made into text nor digested again.
 */
export function encodeLibrary({ accounts }: LibraryContents): Buffer {
  const digest = new LinesDigest();
  const parts: (Buffer | string)[] = [];
  for (const [key, { shares, ...others }] of Object.entries(accounts)) {
    parts.push(parts.length === 0 ? '' : ',\n', digest.add(`${JSON.stringify(key)}:{"shares":[`), '\n');
    for (let at = 0; at < shares.length; at += CHUNK_SHARES) {
      const chunk = chunkOf(shares.slice(at, at + CHUNK_SHARES));
      digest.addKnown(chunk.digests);
      if (at > 0) parts.push(',\n');
      parts.push(chunk.bytes);
    }
    parts.push('\n', digest.add(`],${JSON.stringify(others).slice(1)}`)); // downloads, and folders
  }
  const head = `{"version":1,"digest":"${digest.end()}",\n"accounts":{\n`;
  return Buffer.concat([head, ...parts, '\n}}\n'].map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** Whether the lines below the first have the digest that stands in it. */
export function hasItsDigest(text: string): boolean {
  const start = START.exec(text);
  if (!start) return false;
  const digest = new LinesDigest();
  const lines = text
    .slice(start[0].length)
    .split('\n')
    .filter((line) => line !== '');
  for (const line of lines.slice(1, -1)) digest.add(line); // but for those that open and close the accounts
  return digest.end() === start[1];
}

/** A digest of lines, each of which has one of its own. A comma at a line's end belongs to none. */
class LinesDigest {
  readonly #all = createHash('sha256');

  add(line: string): string {
    this.addKnown(digestOf(line.replace(/,$/, '')));
    return line;
  }

  addKnown(digests: string): void {
    this.#all.update(digests);
  }

  end(): string {
    return this.#all.digest('hex');
  }
}

/** What was written of a share, and of which state of it. */
interface Line {
  readonly of: LibraryShare;
  readonly text: string;
  readonly digest: string;
}

const LINES = new WeakMap<LibraryShare, Line>();

function lineOf(share: LibraryShare): Line {
  const known = LINES.get(share);
  if (known && isAsWritten(known.of, share)) return known;
  const text = JSON.stringify(share);
  const line = { of: { ...share }, text, digest: digestOf(text) };
  LINES.set(share, line);
  return line;
}

/** All else of a share stays as it is. */
function isAsWritten(then: LibraryShare, now: LibraryShare): boolean {
  return (
    then.registered === now.registered &&
    then.modifiedNs === now.modifiedNs &&
    then.path === now.path &&
    then.copies === now.copies
  );
}

interface Chunk {
  readonly lines: readonly Line[];
  readonly bytes: Buffer;
  readonly digests: string;
}

/** By their first line. */
const CHUNKS = new WeakMap<Line, Chunk>();

function chunkOf(shares: readonly LibraryShare[]): Chunk {
  const lines = shares.map(lineOf);
  const [first] = lines;
  const known = first && CHUNKS.get(first);
  if (known && known.lines.length === lines.length && known.lines.every((line, index) => line === lines[index]))
    return known;
  const bytes = Buffer.from(lines.map(({ text }) => text).join(',\n'));
  const chunk = { lines, bytes, digests: lines.map(({ digest }) => digest).join('') };
  if (first) CHUNKS.set(first, chunk);
  return chunk;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
