import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../corpus/', import.meta.url));

/** An input that is kept because it is interesting: written as text, or as hexadecimal digits (`.hex`) with `#` remarks. */
export interface CorpusEntry {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The inputs that are kept for a decoder. */
export function readCorpus(decoder: string): CorpusEntry[] {
  const folder = join(FOLDER, decoder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      return { name, bytes: name.endsWith('.hex') ? parseHex(bytes.toString('utf8')) : bytes };
    });
}

/** Keeps an input; where. */
export function addToCorpus(decoder: string, bytes: Buffer): string {
  const folder = join(FOLDER, decoder);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `found-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.hex`);
  writeFileSync(path, `${bytes.toString('hex').replace(/.{120}/g, '$&\n')}\n`);
  return path;
}

function parseHex(text: string): Buffer {
  return Buffer.from(text.replace(/#.*$/gm, '').replace(/\s/g, ''), 'hex');
}
