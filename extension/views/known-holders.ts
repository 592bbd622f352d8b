import { setTimeout as sleep } from 'node:timers/promises';
import type { SharedFile } from '@shoal/sdk';
import type { Holders } from '../model/presenters/present-versions.js';
import type { RemoteClient } from '../remote/remote-client.js';

/** A tooltip does not wait longer. */
const PATIENCE_MS = 1000;
/** Moving the mouse over a row again asks nothing within this time. */
const FRESH_MS = 10_000;
const MOST_KNOWN = 100;

/** How many members have the newest version of a file, for tooltips. */
export class KnownHolders {
  readonly #client: Pick<RemoteClient, 'listVersions'>;
  readonly #known = new Map<string, { readonly atMs: number; readonly holders: Promise<Holders | undefined> }>();

  constructor(client: Pick<RemoteClient, 'listVersions'>) {
    this.#client = client;
  }

  /** Undefined if the tracker does not answer soon, or keeps no versions. */
  of(groupId: string, { fileName, version }: SharedFile): Promise<Holders | undefined> {
    if (version === undefined) return Promise.resolve(undefined);
    const key = `${groupId}/${fileName}/${version}`;
    const known = this.#known.get(key);
    const nowMs = performance.now();
    if (known && nowMs - known.atMs < FRESH_MS) return known.holders;
    const asked = this.#client.listVersions(groupId, fileName).then(
      (versions) => versions.find((one) => one.version === version),
      () => undefined,
    );
    const holders = Promise.race([asked, sleep(PATIENCE_MS, undefined, { ref: false })]);
    this.#known.delete(key);
    this.#known.set(key, { atMs: nowMs, holders });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    return holders;
  }
}
