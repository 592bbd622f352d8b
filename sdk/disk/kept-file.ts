import { readFile } from 'node:fs/promises';
import { ShoalError } from '../protocol/index.js';
import { errnoOf } from './errno.js';
import { writeFileDurably } from './write-file.js';

/**
 * Reads a file that is made once and then kept (a key); makes it when there is none, and never over one that cannot be read.
 * @param whenLost what to do about one that cannot be read, in words
 * @throws ShoalError `DATA_DIR_INVALID`
 */
export async function readOrMake<T extends object>(
  path: string,
  parse: (value: unknown) => T,
  make: () => Promise<T>,
  whenLost: string,
): Promise<T> {
  try {
    return parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      throw new ShoalError('DATA_DIR_INVALID', `${path} cannot be read: ${whenLost}`, { cause: error });
    }
  }
  const made = await make();
  await writeFileDurably(path, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}
