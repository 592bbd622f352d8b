import { constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { COMMANDS } from '../commands/index.js';
import { nearest } from '../nearest.js';
import { joinWords, type Quoting, scanWords } from '../words.js';

/** Lines kept from one session to the next. */
export const HISTORY_SIZE = 1000;

/** What stands there is neither followed nor waited for, where it is a link or a pipe. Windows has no such flags. */
const SAFELY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The lines of earlier sessions, the newest first; none when they cannot be read. */
export async function loadHistory(path: string): Promise<string[]> {
  const text = await readFile(path, { encoding: 'utf8', flag: constants.O_RDONLY | SAFELY }).catch(() => '');
  return text.split('\n').filter(Boolean).reverse().slice(0, HISTORY_SIZE);
}

/** Keeps the lines; that a disk is full must not keep anybody from typing. */
export async function saveHistory(path: string, newestFirst: readonly string[]): Promise<void> {
  const text = newestFirst.toReversed().map((line) => `${line}\n`);
  const flag = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | SAFELY;
  await writeFile(path, text.join(''), { mode: 0o600, flag }).catch(() => {});
}

/** A line as it may be remembered: without a password. Undefined where it cannot be told what in it is one. */
export function withoutSecrets(line: string, quoting: Quoting): string | undefined {
  const words = scanWords(line, quoting);
  const [first] = words;
  if (!first) return undefined;
  const meant = nearest(
    first.value,
    COMMANDS.map((command) => command.name),
  );
  const args = COMMANDS.find((command) => command.name === meant)?.args ?? [];
  const secretAt = args.findIndex((arg) => arg.kind === 'password');
  if (secretAt === -1 || words.length <= secretAt + 1) return line.trim();
  if (meant !== first.value || words.some((word) => word.open)) return undefined;
  return joinWords(
    words.slice(0, secretAt + 1).map((word) => word.value),
    quoting,
  );
}
