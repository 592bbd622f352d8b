import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stampOf } from '../../../../sdk/disk/index.js';
import type { EngineEvent, FileOutcome, FolderFile } from '../../../../sdk/engine/index.js';
import { createManifest, encodeManifest, type Source } from '../../../../sdk/protocol/index.js';
import { type Bench, GROUP, nextEvent, type Peer } from '../support.js';

export const TAG = 'feedfacecafe';

/** The manifest of a file of at most one piece. */
export function manifestOf(bytes: Uint8Array): Uint8Array {
  const digest = createHash('sha1').update(bytes).digest();
  const pieceDigests = bytes.length === 0 ? new Uint8Array(0) : digest;
  return encodeManifest(
    createManifest({ algorithm: 'sha1', sizeBytes: bytes.length, fileDigest: digest, pieceDigests }),
  );
}

/** Small files of random content in a folder: their paths, contents and manifests. */
export class SmallTree {
  readonly files = new Map<string, Buffer>();

  constructor(sizes: Readonly<Record<string, number>>) {
    for (const [place, size] of Object.entries(sizes)) this.files.set(place, randomBytes(size));
  }

  /** Writes the files to a folder, and has these peers serve them from there. */
  serve(folder: string, peers: readonly Peer[]): void {
    for (const [place, bytes] of this.files) {
      const path = join(folder, place);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      const order = {
        groupId: GROUP,
        manifest: manifestOf(bytes),
        path,
        stamp: stampOf(statSync(path, { bigint: true })),
      };
      for (const { engine } of peers) engine.send({ type: 'serve', ...order });
    }
  }

  /** All files, each with this number of sources. */
  wanted(sources: number): FolderFile[] {
    return Array.from(this.files, ([place, bytes]) => ({
      segments: place.split('/'),
      manifest: manifestOf(bytes),
      sources: Array.from({ length: sources }, (_, index) => index),
    }));
  }
}

/** A peer's folder download, one batch after another. */
export class FolderRun {
  readonly downloadId: number;
  readonly #peer: Peer;
  #batch = 0;

  private constructor(peer: Peer, downloadId: number) {
    this.#peer = peer;
    this.downloadId = downloadId;
  }

  static async begin(
    bench: Bench,
    peer: Peer,
    root: string,
    journalPath: string,
    downloadId = 1000,
  ): Promise<FolderRun> {
    peer.engine.send({ type: 'ticket', groupId: GROUP, ticket: await bench.office.sign(peer.identity.id) });
    peer.engine.send({ type: 'downloadFolder', downloadId, groupId: GROUP, root, tag: TAG, journalPath });
    return new FolderRun(peer, downloadId);
  }

  /** Fetches a batch. Returns the outcome of each file. */
  async batch(files: readonly FolderFile[], devices: readonly Source[]): Promise<readonly FileOutcome[]> {
    const batch = this.#batch++;
    const { downloadId } = this;
    const done = nextEvent(this.#peer, 'folderBatchDone', (event: EngineEvent & { type: 'folderBatchDone' }) => {
      return event.downloadId === downloadId && event.batch === batch;
    });
    this.#peer.engine.send({ type: 'folderBatch', downloadId, batch, files, devices });
    return (await done).outcomes;
  }

  async stop(): Promise<void> {
    await this.#peer.engine.stopDownload(this.downloadId);
  }
}

/** `done`, `kept`, `unsourced`, or the error code. */
export function wordFor(outcome: FileOutcome | undefined): string {
  if (outcome?.kind === 'failed') return outcome.code;
  if (outcome?.kind === 'done') return outcome.fetched ? 'done' : 'kept';
  return outcome?.kind ?? 'missing';
}
