import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { Lab } from '../../sdk/client/support.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { seeded } from '../../support/seeded.js';
import { journalledPieces } from '../support/journal.js';
import { type Peer, Stage } from '../support/processes.js';
import { sha1Of, signUp } from '../support/scenes.js';

const FILE = 'prey.bin';
const PIECES = 48;
const SIZE_BYTES = PIECES * PIECE_BYTES;
/** Chosen so that a download takes about as long as the latest moment of a kill. */
const LINE_BYTES_PER_SECOND = 48 * 1024 * 1024;
const LATEST_KILL_MS = 700;
/** The fraction of kills at the moment when the file gets its final name, or just after. */
const KILLS_AT_THE_END = 0.3;
const MOMENT_MS = 12;
const PATIENCE_MS = 30_000;
/** The overhead of TLS per piece, and of a connection before the first piece, in bytes from the source. */
const TLS_SHARE = 1.01;
const TLS_BYTES = 128 * 1024;

/** The result of repeated kills of a downloader. */
export interface Killed {
  readonly kills: number;
  /** Files that were completed. */
  readonly files: number;
  /** Kills after which the file already had its final name. */
  readonly killsAtTheEnd: number;
  /** Pieces that arrived and had to be fetched again, per kill. */
  readonly piecesLostPerKill: number;
  /** Temporary files that remain in the data folder after kills. */
  readonly leftovers: number;
}

/**
 * Kills a downloader (`kill -9`) at moments drawn from the seed, restarts it and lets it continue, file after file. Rejects if a recorded
 * piece is fetched again, if a file is wrong, or if any other file is left next to it.
 */
export async function killAgainAndAgain(kills: number, seed: number): Promise<Killed> {
  const scene = await Scene.open(seed);
  try {
    return await scene.run(kills);
  } finally {
    await scene.close();
  }
}

class Scene {
  readonly #lab = new Lab();
  readonly #stage: Stage;
  readonly #proxy: FaultProxy;
  readonly #random: () => number;
  readonly #told: string;
  #sha1 = '';
  #tracker = '';
  /** Pieces that were missing when the current process started. */
  #missing = PIECES;
  /** Bytes that the source had sent by then. */
  #passedBefore = 0;
  #lostBytes = 0;
  #killsAtTheEnd = 0;
  #files = 0;
  #folder = '';

  private constructor(stage: Stage, proxy: FaultProxy, seed: number) {
    this.#stage = stage;
    this.#proxy = proxy;
    this.#random = seeded(seed);
    this.#told = `seed ${seed}`;
  }

  static async open(seed: number): Promise<Scene> {
    return new Scene(await Stage.open(), await FaultProxy.open({ bytesPerSecond: LINE_BYTES_PER_SECOND }), seed);
  }

  async run(kills: number): Promise<Killed> {
    let peer = await this.#begin();
    for (let kill = 1; kill <= kills; kill++) {
      await this.#killSometime(peer);
      this.#account(kill);
      peer = this.#stage.startPeer('victim', this.#tracker);
      await this.#says(peer, 'login victim secret-victim', /^logged in/);
      if (this.#missing > 0 && kill < kills) continue;
      await this.#complete(peer, kill);
      await this.#nextFile(peer);
    }
    await peer.stop();
    const left = await readdir(this.#stage.path('peers', 'victim'), { recursive: true });
    return {
      kills,
      files: this.#files,
      killsAtTheEnd: this.#killsAtTheEnd,
      piecesLostPerKill: this.#lostBytes / PIECE_BYTES / kills,
      leftovers: left.filter((name) => name.endsWith('.new')).length,
    };
  }

  async close(): Promise<void> {
    await this.#stage.close();
    await this.#proxy.close();
    await this.#lab.close();
  }

  async #begin(): Promise<Peer> {
    const { port } = await this.#lab.startTracker();
    this.#tracker = `wss://127.0.0.1:${port}`;
    const owner = await this.#lab.signedIn('owner', { advertise: this.#proxy.endpoint });
    this.#proxy.leadTo(owner.listenAddress?.port ?? 0);
    await owner.createGroup('lab');
    const path = this.#lab.file(FILE, SIZE_BYTES);
    this.#sha1 = sha1Of(path);
    await owner.shareFile(path, 'lab');
    const peer = this.#stage.startPeer('victim', this.#tracker);
    await signUp(peer, 'victim');
    await peer.say('join_group lab');
    await owner.acceptRequest('lab', 'victim');
    await this.#nextFile(peer);
    return peer;
  }

  async #nextFile(peer: Peer): Promise<void> {
    this.#folder = await this.#stage.subfolder(`inbox-${this.#files}`);
    this.#missing = PIECES;
    this.#passedBefore = this.#proxy.passedBytes;
    await peer.say(`download_file lab ${FILE} ${this.#folder}`);
  }

  async #killSometime(peer: Peer): Promise<void> {
    if (this.#killsAtTheEnd === 0 || this.#random() < KILLS_AT_THE_END) {
      await appears(join(this.#folder, FILE));
      await sleep(this.#random() * MOMENT_MS);
    } else {
      await sleep(this.#random() * LATEST_KILL_MS); // a random moment, not a wait for an event
    }
    await peer.kill();
  }

  /** Accounts for the data that the killed process fetched and kept. */
  #account(kill: number): void {
    const told = `${this.#told}, kill ${kill}`;
    const fetched = this.#proxy.passedBytes - this.#passedBefore;
    const allowed = this.#missing * PIECE_BYTES * TLS_SHARE + TLS_BYTES;
    assert.ok(fetched <= allowed, `${told}: ${fetched} bytes came for ${this.#missing} pieces`);
    const missing = missingPieces(this.#folder);
    assert.ok(missing <= this.#missing, `${told}: ${missing} pieces are missing, and ${this.#missing} were before`);
    this.#lostBytes += Math.max(0, fetched / TLS_SHARE - (this.#missing - missing) * PIECE_BYTES);
    this.#missing = missing;
    this.#passedBefore = this.#proxy.passedBytes;
    if (missing === 0) this.#killsAtTheEnd++;
  }

  /** Lets the download complete, and checks that it fetches only missing pieces. */
  async #complete(peer: Peer, kill: number): Promise<void> {
    const told = `${this.#told}, kill ${kill}`;
    await this.#says(peer, 'wait_downloads', /, 0 failed/);
    assert.equal(sha1Of(join(this.#folder, FILE)), this.#sha1, told);
    assert.deepEqual(await readdir(this.#folder), [FILE], told);
    const fetched = this.#proxy.passedBytes - this.#passedBefore;
    assert.ok(fetched <= this.#missing * PIECE_BYTES * TLS_SHARE + TLS_BYTES, `${told}: ${fetched} bytes at the end`);
    this.#files++;
  }

  async #says(peer: Peer, command: string, answer: RegExp): Promise<void> {
    const said = await peer.say(command);
    assert.match(said, answer, `${this.#told}: ${command}: ${said}\n${peer.stderr}`);
  }
}

function missingPieces(folder: string): number {
  if (existsSync(join(folder, FILE))) return 0;
  const journal = join(folder, `${FILE}.part.journal`);
  return PIECES - (existsSync(journal) ? journalledPieces(journal).size : 0);
}

/** Resolves once the file exists. It polls, because it must notice within one turn of the event loop. */
async function appears(path: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!existsSync(path)) {
    if (Date.now() > deadline) throw new Error(`${path} does not come`);
    await sleep(1);
  }
}
