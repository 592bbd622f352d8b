import { hash } from 'node:crypto';
import { MAX_SOURCES } from '@shoal/sdk/protocol';
import { type Holding, holdingKey, type KnownSource, type Message } from '../../swarm.js';
import type { Holder } from './remote-sources.js';

/** Sources of other nodes that are remembered of one content, the latest. */
const MAX_KNOWN = 256;
/** The part of the time between two looks after which the second one counts: timers are not exact. */
const NEARLY = 0.9;
/** Contents that are read anew at once. */
const MAX_AT_ONCE = 32;

/** A source of another node of which clients of this node know. */
interface Known {
  readonly node: string;
  /** Of its record, so that a change is noticed. */
  readonly digest: string;
}

interface Watched {
  readonly holding: Holding;
  readonly known: Map<string, Known>;
  /** Known sources that were missing, and when that was seen first. */
  readonly missing: Map<string, number>;
}

export interface WatchedContentsParts {
  readonly secondLookMs: number;
  /** Random sources of other nodes. */
  readonly sample: (holding: Holding, limit: number) => Promise<{ source: KnownSource; node: string }[]>;
  readonly holdersAmong: (deviceIds: readonly string[], holding: Holding) => Promise<Holder[]>;
  /** Tells the clients of this node. */
  readonly tell: (message: Message) => void;
}

/**
 * The contents that clients of this node watch, and which sources of other nodes they know. If events were lost, the cluster is read
 * again and the clients hear the difference. A source that is missing is told as gone only after a second look, because a cluster that
 * lost everything is written anew within seconds.
 */
export class WatchedContents {
  readonly #parts: WatchedContentsParts;
  readonly #watched = new Map<string, Watched>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #toRead = new Set<string>();
  #reading: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: WatchedContentsParts) {
    this.#parts = parts;
  }

  add(holding: Holding): void {
    const key = holdingKey(holding);
    if (!this.#watched.has(key)) this.#watched.set(key, { holding, known: new Map(), missing: new Map() });
  }

  delete(holding: Holding): void {
    this.#watched.delete(holdingKey(holding));
  }

  has(holding: Holding): boolean {
    return this.#watched.has(holdingKey(holding));
  }

  /** Clients were told of a source of another node. */
  note(holding: Holding, source: KnownSource, node: string): void {
    const known = this.#watched.get(holdingKey(holding))?.known;
    if (!known) return;
    known.delete(source.deviceId);
    known.set(source.deviceId, { node, digest: digestOf(source) });
    const [oldest] = known.keys();
    if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  }

  /** Clients were told that a source is gone. */
  forget(holding: Holding, deviceId: string): void {
    const watched = this.#watched.get(holdingKey(holding));
    watched?.known.delete(deviceId);
    watched?.missing.delete(deviceId);
  }

  /** Nodes are lost, and with them all their devices. */
  lost(nodes: ReadonlySet<string>): void {
    for (const { holding, known } of this.#watched.values())
      for (const [deviceId, { node }] of known) if (nodes.has(node)) this.#gone(holding, deviceId);
  }

  /** Reads contents anew, now and once more. */
  readAnew(isMeant: (holding: Holding) => boolean): void {
    const keys = [...this.#watched].flatMap(([key, { holding }]) => (isMeant(holding) ? [key] : []));
    if (keys.length === 0 || this.#isClosed) return;
    this.#read(keys);
    this.#later(keys);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#watched.clear();
  }

  #read(keys: readonly string[]): void {
    for (const key of keys) this.#toRead.add(key);
    this.#reading ??= this.#work().finally(() => {
      this.#reading = undefined;
      if (this.#toRead.size > 0 && !this.#isClosed) this.#read([]);
    });
  }

  async #work(): Promise<void> {
    while (this.#toRead.size > 0 && !this.#isClosed) {
      const keys = [...this.#toRead].slice(0, MAX_AT_ONCE);
      for (const key of keys) this.#toRead.delete(key);
      const failed = await Promise.all(
        keys.map((key) =>
          this.#readOne(key).then(
            () => [],
            () => [key],
          ),
        ),
      );
      if (failed.flat().length > 0) this.#later(failed.flat());
    }
  }

  #later(keys: readonly string[]): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#read(keys);
    }, this.#parts.secondLookMs).unref();
    this.#timers.add(timer);
  }

  async #readOne(key: string): Promise<void> {
    const watched = this.#watched.get(key);
    if (!watched) return;
    const { holding, known, missing } = watched;
    for (const { source, node } of await this.#parts.sample(holding, MAX_SOURCES)) {
      if (known.get(source.deviceId)?.digest === digestOf(source)) continue;
      this.note(holding, source, node);
      const audience = { kind: 'watchers', holding, exceptDeviceId: source.deviceId } as const;
      this.#parts.tell({ event: 'source', holding, source, isReachOnly: false, audience });
    }
    const present = new Set(
      (await this.#parts.holdersAmong([...known.keys()], holding)).map(({ deviceId }) => deviceId),
    );
    const nowMs = performance.now();
    for (const deviceId of known.keys()) {
      const sinceMs = missing.get(deviceId);
      if (present.has(deviceId)) missing.delete(deviceId);
      else if (sinceMs === undefined) missing.set(deviceId, nowMs);
      else if (nowMs - sinceMs >= this.#parts.secondLookMs * NEARLY) this.#gone(holding, deviceId);
    }
  }

  #gone(holding: Holding, deviceId: string): void {
    this.forget(holding, deviceId);
    const audience = { kind: 'watchers', holding, exceptDeviceId: deviceId } as const;
    this.#parts.tell({ event: 'sourceWent', payload: { ...holding, deviceId }, audience });
  }
}

function digestOf(source: KnownSource): string {
  return hash('sha256', JSON.stringify(source), 'base64url').slice(0, 12);
}
