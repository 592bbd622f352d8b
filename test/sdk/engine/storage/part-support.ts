import { statSync } from 'node:fs';
import type { PartPlace } from '../../../../sdk/engine/storage/part-writer.js';

/** The file that stands at a path, as it is handed to the thread that writes to it. */
export function placed(path: string): PartPlace {
  return { path, id: statSync(path, { bigint: true }) };
}
