import type { FileStamp } from '../../disk/index.js';
import type { DigestAlgorithm } from '../../protocol/index.js';
import type { WorkerAnswer } from '../workers/worker-client.js';
import type { FileDigests, HashedFile } from './hash-jobs.js';
import type { ReuseOrder } from './reuse-job.js';

/** The digest of a whole file, and the stamp of the file at that time. */
export type WholeDigest = Pick<FileDigests, 'fileDigest' | 'stamp'>;

/** Messages from the pool to a hash worker. */
export type HashOrder =
  | {
      readonly id: number;
      readonly type: 'manifest';
      readonly path: string;
      readonly algorithm: DigestAlgorithm;
      /** Another worker digests the whole file. This one digests the pieces, and waits for `wholeDigest`. */
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
  | ({ readonly id: number; readonly type: 'reuse' } & ReuseOrder)
  | { readonly id: number; readonly type: 'stamp'; readonly path: string }
  /** Reads bytes of a file that must match its stamp. */
  | {
      readonly id: number;
      readonly type: 'read';
      readonly path: string;
      readonly stamp: FileStamp;
      readonly position: number;
      readonly length: number;
    }
  | { readonly id: number; readonly type: 'cancel' };

/** Messages that start a job, which ends with one result. */
export type HashJob = Extract<HashOrder, { type: 'manifest' | 'whole' | 'check' | 'reuse' | 'stamp' | 'read' }>;

/** Messages about a running job. */
export type HashAbout = Exclude<HashOrder, HashJob>;

/** The result of a successful job. */
export type HashResult =
  | ({ readonly id: number; readonly type: 'manifest' } & HashedFile)
  | ({ readonly id: number; readonly type: 'whole' } & WholeDigest)
  | { readonly id: number; readonly type: 'checked'; readonly good: readonly number[] }
  | { readonly id: number; readonly type: 'reused'; readonly copied: readonly number[] }
  | { readonly id: number; readonly type: 'stamped'; readonly stamp: FileStamp }
  | { readonly id: number; readonly type: 'bytes'; readonly bytes: Uint8Array };

/** Messages from a hash worker to the pool. */
export type HashAnswer = WorkerAnswer<HashResult>;
