import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_PAGE_FILES } from '../../../sdk/protocol/index.js';
import { madeManifest } from '../../tracker/made-manifest.js';
import { RawClient } from '../../tracker/raw-client.js';

/** Between two writes of one client. */
const WRITE_EVERY_MS = 2;
/** After a refusal. */
const RETRY_EVERY_MS = 50;

/** What the tracker said of a write, by what that has to mean. */
export interface Said {
  /** It is done. */
  readonly acknowledged: readonly string[];
  /** `TIMEOUT`: it may be done. */
  readonly unconfirmed: readonly string[];
  /** `UNAVAILABLE`: it is not done. */
  readonly refused: readonly string[];
  /** What it should never say here. */
  readonly unexpected: readonly string[];
}

/** What is wrong with what it said. */
export interface Untruths {
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** Refused, and there. */
  readonly made: readonly string[];
}

const OUTCOMES: Readonly<Record<string, keyof Said>> = {
  ok: 'acknowledged',
  TIMEOUT: 'unconfirmed',
  UNAVAILABLE: 'refused',
};

const emptySaid = (): Record<keyof Said, string[]> => ({
  acknowledged: [],
  unconfirmed: [],
  refused: [],
  unexpected: [],
});

/** A device that shares one file after the other, each under its own name, and remembers what the tracker said. */
export class ShareWriter {
  readonly #client: RawClient;
  readonly #groupId: string;
  readonly #made: ReturnType<typeof madeManifest>;
  #said = emptySaid();
  #isStopped = false;
  #isDisconnected = false;
  #number = 0;

  private constructor(client: RawClient, groupId: string, seed: number) {
    this.#client = client;
    this.#groupId = groupId;
    this.#made = madeManifest(seed);
  }

  /** @param seed of the content that it shares */
  static async start(url: string, userId: string, seed: number): Promise<ShareWriter> {
    const client = await (await RawClient.open(url)).signUp(userId, { host: '127.0.0.1', port: 9000 }, ['missed']);
    const groupId = `of ${userId}`;
    await client.call('createGroup', { groupId });
    return new ShareWriter(client, groupId, seed);
  }

  get said(): Said {
    return this.#said;
  }

  /** Writes until it is stopped. */
  async write(): Promise<void> {
    this.#said = emptySaid();
    this.#isStopped = false;
    while (!this.#isStopped && !this.#isDisconnected) {
      const name = `file-${this.#number++}`;
      const code = await this.#share(name);
      const outcome = OUTCOMES[code] ?? 'unexpected';
      this.#said[outcome].push(outcome === 'unexpected' ? `${name}: ${code}` : name);
      await sleep(outcome === 'acknowledged' ? WRITE_EVERY_MS : RETRY_EVERY_MS); // the pace of the load, and not a wait for an event
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Compares what was said with what the group has. */
  async check(): Promise<Untruths> {
    const there = await this.#names();
    return {
      lost: this.#said.acknowledged.filter((name) => !there.has(name)),
      made: this.#said.refused.filter((name) => there.has(name)),
    };
  }

  close(): void {
    this.#client.close();
  }

  /** `ok`, or the code of the refusal. */
  async #share(fileName: string): Promise<string> {
    const { manifestId, manifest } = this.#made;
    const file = { fileName, manifestId, manifest: Buffer.from(manifest.bytes).toString('base64url') };
    const lost = this.#client.closed.then(([code, reason]) => {
      this.#isDisconnected = true;
      throw new Error(`disconnected (${code} ${reason.toString()})`);
    });
    try {
      const shared = this.#client.call('shareFiles', { groupId: this.#groupId, files: [file] });
      const { files } = await Promise.race([shared, lost]);
      const [result] = files;
      if (!result) return 'nothing';
      return 'code' in result ? result.code : 'ok';
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }

  async #names(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (let after: string | undefined; ; ) {
      const query = { groupId: this.#groupId, limit: MAX_PAGE_FILES, ...(after !== undefined && { after }) };
      const { files, next } = await this.#client.call('listFiles', query);
      for (const { fileName } of files) names.add(fileName);
      if (next === null) return names;
      after = next;
    }
  }
}
