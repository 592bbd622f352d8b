import type { FileStamp } from '../../disk/index.js';
import type { ErrorCode } from '../../protocol/index.js';
import type { WorkerAnswer } from '../workers/worker-client.js';
import type { FolderPlace } from './folder-disk.js';

interface About {
  readonly id: number;
  /** The folder that it is about, under the number that it was opened with. */
  readonly folder: number;
}

/** What a folder worker is asked. It does one after the other, but for `open` and `keep`, which others need not wait for. */
export type FolderJob =
  | (About & { readonly type: 'open' } & FolderPlace)
  | (About & { readonly type: 'makeFolder'; readonly path: string })
  | (About & {
      readonly type: 'look';
      readonly path: string;
      readonly manifest: Uint8Array;
      readonly vouched: FileStamp | undefined;
    })
  | (About & { readonly type: 'place'; readonly path: string; readonly sizeBytes: number })
  | (About & { readonly type: 'write'; readonly number: number; readonly path: string; readonly bytes: Uint8Array })
  /** Files by the numbers that they were written with, and by their paths. */
  | (About & { readonly type: 'keep'; readonly written: readonly number[]; readonly there: readonly string[] })
  | (About & { readonly type: 'close' });

/** How a file that came was put under its name. */
export type KeptOutcome = FileStamp | { readonly code: ErrorCode; readonly message: string };

/** What a job that did not fail ends with. */
export type FolderResult =
  | { readonly id: number; readonly type: 'done' }
  | { readonly id: number; readonly type: 'looked'; readonly stamp: FileStamp | undefined }
  | { readonly id: number; readonly type: 'placed'; readonly isThere: boolean }
  | { readonly id: number; readonly type: 'kept'; readonly outcomes: readonly KeptOutcome[] };

/** What a folder worker tells. */
export type FolderAnswer = WorkerAnswer<FolderResult>;
