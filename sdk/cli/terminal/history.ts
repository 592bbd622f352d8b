import { constants } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { COMMANDS } from '../commands/index.js';
import { nearest } from '../texts/nearest.js';
import { joinWords, type Quoting, scanWords } from '../texts/words.js';

/** Lines that are kept between sessions. */
export const HISTORY_SIZE = 1000;

/** Refuses a link, and does not wait for a pipe. Windows has no such flags. */
const SAFELY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The lines of earlier sessions, newest first; none if they cannot be read. */
export async function loadHistory(path: string): Promise<string[]> {
  const text = await readFile(path, { encoding: 'utf8', flag: constants.O_RDONLY | SAFELY }).catch(() => '');
  return text.split('\n').filter(Boolean).reverse().slice(0, HISTORY_SIZE);
}

/** Saves the lines. A full disk must not stop the session. */
export async function saveHistory(path: string, newestFirst: readonly string[]): Promise<void> {
  const text = newestFirst.toReversed().map((line) => `${line}\n`);
  const flag = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | SAFELY;
  await writeFile(path, text.join(''), { mode: 0o600, flag }).catch(() => {});
}

/** A line without its password, for the history; undefined if the password cannot be located. */
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
