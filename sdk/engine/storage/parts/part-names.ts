import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** Bytes in a name that file systems accept. */
const MAX_NAME_BYTES = 255;
/**
 * Bytes that are kept of a name that is too long with its ending: it stays recognisable, and fits where names are
 * shorter.
 */
const MAX_STEM_BYTES = 100;
/** The longest ending of a partial file's name. */
const LONGEST_ENDING = '.journal.new';

const ENDING = '.part';

/** The name of the journal of a partial file. */
export function journalNameOf(partName: string): string {
  return `${partName}.journal`;
}

/**
 * The possible names of a download's partial file, in order of preference: the file's name with an ending; and with a
 * tag as well, if that is too long or taken by a real file. The tag depends on the content, so that downloads do not
 * collide.
 */
export function partNamesOf(fileName: string, manifestId: string): string[] {
  const tag = createHash('sha256').update(`${manifestId}/${fileName}`).digest('hex').slice(0, 12);
  const plain = fileName + ENDING;
  const tagged = `${stemOf(fileName)}.${tag}${ENDING}`;
  return Buffer.byteLength(plain + LONGEST_ENDING) <= MAX_NAME_BYTES ? [plain, tagged] : [tagged];
}

/** The possible paths of a download's partial file. */
export function partPathsOf(finalPath: string, manifestId: string): string[] {
  return partNamesOf(basename(finalPath), manifestId).map((name) => join(dirname(finalPath), name));
}

/** The file name in the name of a partial file without a tag; undefined for any other name. */
export function nameBehind(partName: string): string | undefined {
  return partName.endsWith(ENDING) && partName.length > ENDING.length ? partName.slice(0, -ENDING.length) : undefined;
}

/** The beginning of a name, cut between two characters. */
function stemOf(fileName: string): string {
  let stem = '';
  let bytes = 0;
  for (const character of fileName) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_STEM_BYTES) break;
    stem += character;
  }
  return stem;
}
