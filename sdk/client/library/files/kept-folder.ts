import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFileDurably, type FileStamp, stampAt } from '../../../disk/index.js';

/** A kept content, or what a download left beside it. */
const OURS = /^([0-9a-f]{64})(\..*)?$/;

/** The files of kept contents in a data folder. Each has the id of its manifest as its name. */
export class KeptFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(dataDir: string): Promise<KeptFolder> {
    const path = join(dataDir, 'contents');
    await mkdir(path, { recursive: true, mode: 0o700 });
    return new KeptFolder(path);
  }

  pathOf(manifestId: string): string {
    return join(this.path, manifestId);
  }

  /** Copies a file with this stamp. @returns the stamp of the copy @throws as `copyFileDurably` */
  copy(manifestId: string, source: string, stamp: FileStamp): Promise<FileStamp> {
    return copyFileDurably(source, stamp, this.pathOf(manifestId));
  }

  /** The stamp of a content; undefined if it is not there. */
  stampOf(manifestId: string): Promise<FileStamp | undefined> {
    return stampAt(this.pathOf(manifestId)).catch(() => undefined);
  }

  async remove(manifestId: string): Promise<void> {
    await rm(this.pathOf(manifestId), { force: true });
  }

  /** Removes contents that no record names, and unfinished ones. Other files stay. */
  async clean(isKept: (manifestId: string) => boolean): Promise<void> {
    for (const name of await readdir(this.path)) {
      const [, manifestId, ending] = OURS.exec(name) ?? [];
      if (manifestId === undefined || (ending === undefined && isKept(manifestId))) continue;
      await rm(join(this.path, name), { force: true });
    }
  }
}
