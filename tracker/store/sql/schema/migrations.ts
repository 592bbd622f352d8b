import type { SchemaWords } from './schema-words.js';
import { tables } from './steps/1-tables.js';
import { counters } from './steps/2-counters.js';
import { looks } from './steps/3-looks.js';
import { versions } from './steps/4-versions.js';
import { emptyFolders } from './steps/5-empty-folders.js';

/** One step of the schema. */
export interface Migration {
  readonly statements: (words: SchemaWords) => string;
  /**
   * The lowest version of the schema whose trackers can serve a database that has this step. A step that only adds what
   * older trackers may leave alone keeps the number of the step before it, so that trackers of two versions serve one
   * database together. A step that takes something away raises it, and comes a version later.
   */
  readonly minReader: number;
}

/** The steps from an empty database: step n makes version n + 1 from version n. Steps are only added. */
export const MIGRATIONS: readonly Migration[] = [
  { statements: tables, minReader: 1 },
  { statements: counters, minReader: 2 },
  { statements: looks, minReader: 3 },
  { statements: versions, minReader: 4 },
  { statements: emptyFolders, minReader: 5 },
];
