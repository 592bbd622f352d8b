import { statSync } from 'node:fs';
import type { PartPlace } from '../../../../sdk/engine/storage/parts/part-writer.js';

/** The file at a path, in the form that the disk thread receives. */
export function placed(path: string): PartPlace {
  return { path, id: statSync(path, { bigint: true }) };
}
