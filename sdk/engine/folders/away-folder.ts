import { dirname } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import { encodeManifest, ShoalError } from '../../protocol/index.js';
import { callAway } from '../storage/parts/away-calls.js';
import { holdFolderOf } from '../storage/parts/part-place.js';
import type { FolderDisk, FolderPlace, SmallFile } from './folder-disk.js';
import type { FolderWorkerClient } from './folder-worker-client.js';
import type { TakenNames } from './taken-names.js';

/** Bytes handed over and not confirmed yet; beyond this limit nothing more is fetched. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;

let nextFolder = 1;

/** A folder on a disk that may stop answering. A separate process per disk writes to it, so that nothing else blocks. */
export class AwayFolder implements FolderDisk {
  readonly #folder = nextFolder++;
  readonly #place: FolderPlace;
  readonly #mount: string;
  readonly #worker: FolderWorkerClient;
  readonly #names: TakenNames;
  readonly #maxPendingBytes: number;
  #pendingBytes = 0;

  constructor(
    place: FolderPlace,
    mount: string,
    worker: FolderWorkerClient,
    names: TakenNames,
    maxPendingBytes = MAX_PENDING_BYTES,
  ) {
    this.#place = place;
    this.#mount = mount;
    this.#worker = worker;
    this.#names = names;
    this.#maxPendingBytes = maxPendingBytes;
  }

  get hasRoom(): boolean {
    return this.#pendingBytes < this.#maxPendingBytes;
  }

  async open(): Promise<void> {
    const { root, tag, overwrite = false } = this.#place;
    await this.#worker.start({ type: 'open', folder: this.#folder, root, tag, overwrite }, 'done').answer;
  }

  async look(file: SmallFile, vouched: FileStamp | undefined): Promise<FileStamp | undefined> {
    const { path, replaces } = file;
    if (this.#names.mayMeetPart(file)) await this.#takeName(file);
    const manifest = encodeManifest(file.manifest);
    const job = { type: 'look', folder: this.#folder, path, manifest, vouched, replaces } as const;
    return (await this.#worker.start(job, 'looked').answer).stamp;
  }

  async place(path: string, sizeBytes: number): Promise<boolean> {
    const job = { type: 'place', folder: this.#folder, path, sizeBytes } as const;
    return (await this.#worker.start(job, 'placed').answer).isThere;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#worker.start({ type: 'makeFolder', folder: this.#folder, path }, 'done').answer;
  }

  async write({ number, path, replaces, attributes }: SmallFile, bytes: Uint8Array): Promise<void> {
    const job = { type: 'write', folder: this.#folder, number, path, replaces, attributes, bytes } as const;
    this.#pendingBytes += bytes.length;
    try {
      await this.#worker.start(job, 'done').answer;
    } finally {
      this.#pendingBytes -= bytes.length;
    }
  }

  async remove(path: string, stamp: FileStamp): Promise<boolean> {
    const job = { type: 'remove', folder: this.#folder, path, stamp } as const;
    return (await this.#worker.start(job, 'removed').answer).isRemoved;
  }

  async keep(written: readonly SmallFile[], there: readonly SmallFile[]): Promise<(FileStamp | Error)[]> {
    const [numbers, paths] = [written.map(({ number }) => number), there.map(({ path }) => path)];
    const job = { type: 'keep', folder: this.#folder, written: numbers, there: paths } as const;
    const { outcomes } = await this.#worker.start(job, 'kept').answer;
    return outcomes.map((one) => ('code' in one ? new ShoalError(one.code, one.message) : one));
  }

  async close(): Promise<void> {
    this.#names.leaveAll();
    // A process that does not answer was abandoned or is killed. The next run removes its leftovers.
    await this.#worker.start({ type: 'close', folder: this.#folder }, 'done').answer.catch(() => {});
  }

  /** Renames partial files in this thread, which has them open. */
  async #takeName(file: SmallFile): Promise<void> {
    const { path } = file;
    await this.makeFolder(dirname(path));
    await callAway(this.#mount, async () => {
      const folder = await holdFolderOf(path, this.#place.root);
      try {
        await this.#names.take(folder, file);
      } finally {
        await folder.close();
      }
    });
  }
}
