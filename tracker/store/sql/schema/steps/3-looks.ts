import type { SchemaWords } from '../schema-words.js';

/** The skeletons of names. `fillLooks` fills them in, because SQL cannot calculate them. */
export function looks(w: SchemaWords): string {
  return `
  ALTER TABLE users ADD COLUMN look ${w.text};
  CREATE INDEX users_by_look ON users (look);
  ALTER TABLE groups ADD COLUMN look ${w.text};
  CREATE INDEX groups_by_look ON groups (look);
  
  `;
}
