import type { FileStamp } from '../../disk/index.js';
import type { ErrorCode } from '../../protocol/index.js';
import type { WorkerAnswer } from '../workers/worker-client.js';
import type { FolderPlace, SmallFile } from './folder-disk.js';

interface About {
  readonly id: number;
  /** The folder's number, which `open` assigned. */
  readonly folder: number;
}

/** The jobs of a folder worker. It carries them out in order, except that `open` and `keep` run beside others. */
export type FolderJob =
  | (About & { readonly type: 'open' } & FolderPlace)
  | (About & { readonly type: 'makeFolder'; readonly path: string })
  | (About & {
      readonly type: 'look';
      readonly path: string;
      readonly manifest: Uint8Array;
      readonly vouched: FileStamp | undefined;
      readonly replaces: FileStamp | undefined;
    })
  | (About & { readonly type: 'place'; readonly path: string; readonly sizeBytes: number })
  | (About & { readonly type: 'remove'; readonly path: string; readonly stamp: FileStamp })
  | (About & { readonly type: 'write'; readonly bytes: Uint8Array } & Omit<SmallFile, 'manifest'>)
  /** Files by number, and existing files by path. */
  | (About & { readonly type: 'keep'; readonly written: readonly number[]; readonly there: readonly string[] })
  | (About & { readonly type: 'close' });

/** The outcome of giving a written file its final name. */
export type KeptOutcome = FileStamp | { readonly code: ErrorCode; readonly message: string };

/** The result of a successful job. */
export type FolderResult =
  | { readonly id: number; readonly type: 'done' }
  | { readonly id: number; readonly type: 'looked'; readonly stamp: FileStamp | undefined }
  | { readonly id: number; readonly type: 'placed'; readonly isThere: boolean }
  | { readonly id: number; readonly type: 'removed'; readonly isRemoved: boolean }
  | { readonly id: number; readonly type: 'kept'; readonly outcomes: readonly KeptOutcome[] };

/** The messages of a folder worker. */
export type FolderAnswer = WorkerAnswer<FolderResult>;
