import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, readFileWithin, writeFileDurably, writeFilesDurably } from '../../../disk/index.js';
import { decodeManifest, MAX_MANIFEST_BYTES, manifestId, ShoalError } from '../../../protocol/index.js';

/** Manifests in a data folder, one file each. Small manifests are in the library's records instead. */
export class ManifestFolder {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(dataDir: string): Promise<ManifestFolder> {
    const path = join(dataDir, 'manifests');
    await mkdir(path, { recursive: true, mode: 0o700 });
    return new ManifestFolder(path);
  }

  async save(id: string, bytes: Uint8Array): Promise<void> {
    await writeFileDurably(this.#fileOf(id), bytes);
  }

  /** Saves many manifests with few flushes. Manifests that already exist are skipped. */
  async saveAll(manifests: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const kept = new Set(await readdir(this.#path));
    await writeFilesDurably(this.#path, new Map([...manifests].filter(([id]) => !kept.has(id))));
  }

  /** The canonical bytes of a manifest; undefined if it is missing or damaged. @throws the disk's errors */
  async read(id: string): Promise<Uint8Array | undefined> {
    const bytes = await readFileWithin(this.#fileOf(id), MAX_MANIFEST_BYTES).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT' || error instanceof ShoalError) return undefined; // missing, or not a manifest
      throw error;
    });
    return bytes && checkedManifest(bytes, id);
  }

  async remove(id: string): Promise<void> {
    await rm(this.#fileOf(id), { force: true });
  }

  #fileOf(id: string): string {
    return join(this.#path, id);
  }
}

/** Returns the bytes if they are the manifest with this id. */
export function checkedManifest(bytes: Uint8Array, id: string): Uint8Array | undefined {
  if (manifestId(bytes) !== id) return undefined;
  decodeManifest(bytes);
  return bytes;
}
