import { ShoalError } from '../protocol/index.js';
import { errnoOf } from './errno.js';
import { readFileWithin } from './read-file.js';
import { writeFileDurably } from './write-file.js';

/** Bytes in a kept file: a few keys and certificates in PEM. */
const MAX_KEPT_BYTES = 64 * 1024;

/**
 * Reads a file that is written once and kept, such as a key. Creates it if it does not exist, and never overwrites an
 * unreadable one.
 * @param whenLost what to do about an unreadable file, for people
 * @throws ShoalError `DATA_DIR_INVALID`
 */
export async function readOrMake<T extends object>(
  path: string,
  parse: (value: unknown) => T,
  make: () => Promise<T>,
  whenLost: string,
): Promise<T> {
  const text = await readFileWithin(path, MAX_KEPT_BYTES).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw cannotBeRead(path, whenLost, error);
  });
  if (text !== undefined) return parseKept(path, text.toString('utf8'), parse, whenLost);
  const made = await make();
  await writeFileDurably(path, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

/**
 * Parses the content of a kept file, in memory proportional to the text.
 * @throws ShoalError `DATA_DIR_INVALID`
 */
export function parseKept<T extends object>(
  path: string,
  text: string,
  parse: (value: unknown) => T,
  whenLost: string,
): T {
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    throw cannotBeRead(path, whenLost, error);
  }
}

function cannotBeRead(path: string, whenLost: string, cause: unknown): ShoalError {
  return new ShoalError('DATA_DIR_INVALID', `${path} cannot be read: ${whenLost}`, { cause });
}
