import { createHash } from 'node:crypto';

/** What disks take as a name. */
const MAX_NAME_BYTES = 255;
/** Of a name that is too long for an ending, so much is kept: it is to be recognised, and to fit where disks take less. */
const MAX_STEM_BYTES = 100;
/** What is put behind a partial file's name at most. */
const LONGEST_ENDING = '.journal.new';

const ENDING = '.part';

/** The name of the journal beside a partial file. */
export function journalNameOf(partName: string): string {
  return `${partName}.journal`;
}

/**
 * What the partial file of a download may be called, in the order of preference: by the file's name; and where that is too long, or a file
 * that is no partial one has it, by a tag as well. The tag is of the content, too, so that another download does not meet it.
 */
export function partNamesOf(fileName: string, manifestId: string): string[] {
  const tag = createHash('sha256').update(`${manifestId}/${fileName}`).digest('hex').slice(0, 12);
  const plain = fileName + ENDING;
  const tagged = `${stemOf(fileName)}.${tag}${ENDING}`;
  return Buffer.byteLength(plain + LONGEST_ENDING) <= MAX_NAME_BYTES ? [plain, tagged] : [tagged];
}

/** The name of the file that a partial one without a tag is of; undefined for a name that is none of a partial file. */
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
