import { MultiMap } from '../../../program/index.js';
import { lastName } from '../../../protocol/index.js';
import type { LibraryDownload, LibraryKept, LibraryShare } from '../records/library-schema.js';
import { contentOf, type InGroup, keysOf, type Named, shareKey } from '../records/library-share.js';

/** Finds records by their content. */
type Contents<T extends InGroup & Named> = Pick<RecordIndex<T>, 'having' | 'likely'>;

/** The contents of an account's files on this device. */
export interface AccountContents {
  readonly shares: Contents<LibraryShare>;
  readonly kept: Contents<LibraryKept>;
  readonly downloads: Contents<LibraryDownload>;
}

/** Records of the same last name that are looked at, which bounds the cost for names that thousands of files have. */
const MOST_OF_A_NAME = 1000;

/** Records by their content, in all groups and in each one, and by the last names of their files. */
export class RecordIndex<T extends InGroup & Named> {
  readonly #byContent = new MultiMap<T>();
  readonly #byContentInGroup = new MultiMap<T>();
  readonly #byLastName = new MultiMap<T>();

  add(record: T): void {
    this.#byContent.add(record.manifestId, record);
    this.#byContentInGroup.add(contentOf(record), record);
    this.#byLastName.add(lastNameOf(record), record);
  }

  remove(record: T): void {
    this.#byContent.remove(record.manifestId, record);
    this.#byContentInGroup.remove(contentOf(record), record);
    this.#byLastName.remove(lastNameOf(record), record);
  }

  /** The records of a content in a group. */
  with(content: InGroup): T[] {
    return [...this.#byContentInGroup.get(contentOf(content))];
  }

  /** The oldest record of a content in a group. Its cost does not depend on how many there are. */
  firstWith(content: InGroup): T | undefined {
    for (const record of this.#byContentInGroup.get(contentOf(content))) return record;
    return undefined;
  }

  /** The records of a content in any group. */
  having(manifestId: string): Iterable<T> {
    return this.#byContent.get(manifestId);
  }

  /** Up to `most` records of similar contents: of the same one, then of the same file, then of files with the same last name. */
  likely(wanted: InGroup & Named, most: number): T[] {
    const found = new Set<T>();
    addUpTo(most, found, this.having(wanted.manifestId));
    const named: T[] = [];
    for (const record of this.#byLastName.get(lastNameOf(wanted))) if (named.push(record) >= MOST_OF_A_NAME) break;
    const key = shareKey(wanted);
    addUpTo(
      most,
      found,
      named.filter((record) => shareKey(record) === key),
    );
    addUpTo(most, found, named);
    return [...found];
  }
}

/** Folded: the spelling of a record's name can change. */
function lastNameOf(record: Named): string {
  return lastName(keysOf(record)[1]);
}

function addUpTo<T>(most: number, found: Set<T>, records: Iterable<T>): void {
  for (const record of records) {
    if (found.size >= most) return;
    found.add(record);
  }
}
