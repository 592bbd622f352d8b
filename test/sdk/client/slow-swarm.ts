import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloadOptions, ShoalClient, StreamableDownload } from '../../../sdk/index.js';
import { SlowLine } from '../../editor/support/slow-line.js';
import { Lab } from './support.js';

const MIB = 1 << 20;

/** 64 pieces and a bit: twice what is fetched ahead of a reader. */
export const FILM_BYTES = 32 * MIB + 12_345;

const SLOW_BYTES_PER_SECOND = 16 * MIB;

/** A film that is shared over slow lines, and dee, who may download it. */
export class SlowSwarm {
  readonly lab = new Lab();
  readonly lines: SlowLine[] = [];
  readonly seeders: ShoalClient[] = [];
  #dee: ShoalClient | undefined;
  #film: Buffer | undefined;
  #downloads = 0;

  get dee(): ShoalClient {
    assert.ok(this.#dee);
    return this.#dee;
  }

  get film(): Buffer {
    assert.ok(this.#film);
    return this.#film;
  }

  async start(seederCount: number): Promise<void> {
    await this.lab.startTracker();
    const path = this.lab.file('film.bin', FILM_BYTES);
    this.#film = readFileSync(path);
    for (let number = 0; number < seederCount; number++) {
      const line = await SlowLine.open(SLOW_BYTES_PER_SECOND);
      this.lines.push(line);
      const seeder = await this.lab.signedIn(`seeder${number}`, { advertise: line.endpoint });
      this.seeders.push(seeder);
      line.leadTo(seeder.listenAddress?.port ?? 0);
    }
    this.#dee = await this.lab.signedIn('dee');
    const [owner, ...others] = this.seeders;
    assert.ok(owner);
    await this.lab.group('lab', owner, ...others, this.dee);
    for (const seeder of this.seeders) await seeder.shareFile(path, 'lab');
  }

  /** dee begins to download the film, to a place of its own, over slow lines. */
  download(options?: DownloadOptions): StreamableDownload {
    for (const line of this.lines) line.bytesPerSecond = SLOW_BYTES_PER_SECOND;
    const out = join(this.lab.folder, `out${++this.#downloads}.bin`);
    return this.dee.downloadFile('lab', 'film.bin', out, options);
  }

  /** dee shares no complete copy any more, from which a later download would take its pieces. */
  async forget(): Promise<void> {
    for (const { groupId, fileName } of this.dee.shares()) await this.dee.stopShare(groupId, fileName);
  }

  /** The lines are as fast as they can be from now on. */
  hurry(): void {
    for (const line of this.lines) line.bytesPerSecond = Infinity;
  }

  async close(): Promise<void> {
    await this.lab.close();
    await Promise.all(this.lines.map((line) => line.close()));
  }
}
