import type { SchemaWords } from '../schema-words.js';
import { CONSTRAINTS } from './postgres-constraints.js';

/** Empty folders, and an index that finds the shares of a user below a folder. */
export function emptyFolders(w: SchemaWords): string {
  return `
  CREATE TABLE empty_folders (
    group_key ${w.text} NOT NULL REFERENCES groups ON DELETE CASCADE,
    folder_key ${w.text} NOT NULL,
    folder_name ${w.text} NOT NULL,
    root_key ${w.text} NOT NULL,
    PRIMARY KEY (group_key, folder_key)
  );
  DROP INDEX shares_by_user;
  CREATE INDEX shares_by_user ON shares (group_key, user_key, file_key);
  
  ${w.postgres(CONSTRAINTS)}
  `;
}
