import type { Change } from '../records/library-schema.js';
import type { KeptIndex } from './kept-index.js';
import type { LiveBytes } from './live-bytes.js';

/** What the records of an account need of the library. */
export interface AccountContext {
  readonly live: LiveBytes;
  /** The kept contents of all accounts. */
  readonly kept: KeptIndex;
  /** Receives each change to write. Its record may change again before the write. */
  onChange(change: Change): void;
}
