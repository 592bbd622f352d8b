import type { FileStamp } from '../../disk/index.js';
import type { DigestAlgorithm } from '../../protocol/index.js';
import type { WorkerAnswer } from '../workers/worker-client.js';
import type { FileDigests, HashedFile } from './hash-jobs.js';

/** The digest of a whole file, and the file's stamp when it was made. */
export type WholeDigest = Pick<FileDigests, 'fileDigest' | 'stamp'>;

/** What the pool tells a hash worker. */
export type HashOrder =
  | {
      readonly id: number;
      readonly type: 'manifest';
      readonly path: string;
      readonly algorithm: DigestAlgorithm;
      /** Another worker digests the whole file: this one does the pieces, and waits for `wholeDigest`. */
      readonly wholeElsewhere: boolean;
    }
  | { readonly id: number; readonly type: 'whole'; readonly path: string; readonly algorithm: DigestAlgorithm }
  | ({ readonly id: number; readonly type: 'wholeDigest' } & WholeDigest)
  | {
      readonly id: number;
      readonly type: 'check';
      readonly path: string;
      readonly manifest: Uint8Array;
      readonly pieces: readonly number[];
    }
  | { readonly id: number; readonly type: 'stamp'; readonly path: string }
  /** Bytes of a file that must be as it was stamped. */
  | {
      readonly id: number;
      readonly type: 'read';
      readonly path: string;
      readonly stamp: FileStamp;
      readonly position: number;
      readonly length: number;
    }
  | { readonly id: number; readonly type: 'cancel' };

/** The orders that are answered, once, by something else than progress. */
export type HashJob = Extract<HashOrder, { type: 'manifest' | 'whole' | 'check' | 'stamp' | 'read' }>;

/** The orders about such a job. */
export type HashAbout = Exclude<HashOrder, HashJob>;

/** What a job that did not fail ends with. */
export type HashResult =
  | ({ readonly id: number; readonly type: 'manifest' } & HashedFile)
  | ({ readonly id: number; readonly type: 'whole' } & WholeDigest)
  | { readonly id: number; readonly type: 'checked'; readonly good: readonly number[] }
  | { readonly id: number; readonly type: 'stamped'; readonly stamp: FileStamp }
  | { readonly id: number; readonly type: 'bytes'; readonly bytes: Uint8Array };

/** What a hash worker tells the pool. */
export type HashAnswer = WorkerAnswer<HashResult>;
