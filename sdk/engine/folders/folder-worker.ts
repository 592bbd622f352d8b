import type { FileStamp } from '../../disk/index.js';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import { FolderFiles, removeParts } from './folder-files.js';
import type { FolderAnswer, FolderJob, FolderResult, KeptOutcome } from './folder-messages.js';
import { FolderTree } from './folder-tree.js';
import { removeFile } from './remove-file.js';

/** A process that writes the small files of folders to a disk that may stop answering. Only this process waits for the disk. */

/** Minimum time between two progress messages of a job. */
const PROGRESS_MS = 250;

const folders = new Map<number, FolderFiles>();

function answer(message: FolderAnswer): void {
  process.send?.(message, () => {}); // the parent may be gone
}

/** Reports regularly that the disk answers. */
function progressOf(id: number): () => void {
  let toldMs = performance.now();
  return () => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    answer({ id, type: 'progress', hashedBytes: 0, sizeBytes: 0 });
  };
}

function filesOf({ folder }: FolderJob): FolderFiles {
  const files = folders.get(folder);
  if (files) return files;
  throw new ShoalError('DISK_UNAVAILABLE', 'The disk did not answer meanwhile: try again.'); // its process was killed
}

function carryOut(job: FolderJob): FolderResult | Promise<FolderResult> {
  const { id } = job;
  const done: FolderResult = { id, type: 'done' };
  switch (job.type) {
    case 'open':
      folders.set(job.folder, new FolderFiles(new FolderTree(job.root), job.tag, job.overwrite));
      return removeParts(job.root, job.tag, progressOf(id)).then(() => done);
    case 'makeFolder':
      filesOf(job).makeFolder(job.path);
      return done;
    case 'look': {
      const { path, vouched, replaces } = job;
      const stamp = filesOf(job).look({ path, manifest: decodeManifest(job.manifest), replaces }, vouched);
      return { id, type: 'looked', stamp };
    }
    case 'place':
      return filesOf(job)
        .place(job.path, job.sizeBytes)
        .then((isThere) => ({ id, type: 'placed', isThere }));
    case 'remove':
      return { id, type: 'removed', isRemoved: removeFile(filesOf(job).tree, job.path, job.stamp) };
    case 'write':
      filesOf(job).write(job, job.bytes);
      return done;
    case 'keep':
      return filesOf(job)
        .keep(job.written, job.there, progressOf(id))
        .then((kept) => ({ id, type: 'kept', outcomes: kept.map(outcomeOf) }));
    case 'close':
      folders.get(job.folder)?.close();
      folders.delete(job.folder);
      return done;
  }
}

function outcomeOf(kept: FileStamp | Error): KeptOutcome {
  return kept instanceof Error ? describe(kept) : kept;
}

function describe(thrown: unknown): Pick<ShoalError, 'code' | 'message'> {
  const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
  return { code, message };
}

async function hear(job: FolderJob): Promise<void> {
  try {
    answer(await carryOut(job));
  } catch (thrown) {
    answer({ id: job.id, type: 'failed', ...describe(thrown) });
  }
}

process.on('message', (job: FolderJob) => void hear(job)).once('disconnect', () => process.exit());
