import { nameKey } from '@shoal/sdk/protocol';
import type { MemorySwarm } from '../../memory-swarm.js';
import type { Holding } from '../../swarm.js';
import type { Calls } from '../cluster/calls.js';
import { WRITE_HOLDERS } from '../cluster/scripts.js';

/** Contents and devices in one call. */
const MAX_CONTENTS = 32;
const MAX_DEVICES = 256;
/** Groups that are written or compared at once. */
const MAX_AT_ONCE = 64;
const RETRY_MS = 1000;
/** For this time, a removal is repeated if the cluster lost it. */
const REMOVED_MS = 120_000;

export interface GroupWritesParts {
  readonly calls: Calls;
  readonly node: string;
  readonly forgetMs: number;
  /** What the devices of this node have: the truth. */
  readonly local: MemorySwarm;
}

/** The devices whose state has to be written, by content. */
type Dirty = Map<string, Set<string>>;

interface Group {
  readonly groupId: string;
  dirty: Dirty;
  /** The number of the last write that was confirmed. */
  version: number;
  /** When everything was written last, so that nothing is forgotten. */
  wholeMs: number;
  running: Promise<void> | undefined;
  /** After a failure, the next try. */
  retry: NodeJS.Timeout | undefined;
  /** Removed contents and devices, and when. */
  readonly removed: Map<string, { readonly deviceId: string; readonly holding: Holding; readonly atMs: number }>;
}

/**
 * Writes what the devices of this node have. A change is written some milliseconds later, together with others of its group; what
 * cannot be written is tried again. The state in memory is the truth: what the cluster lost is written again.
 */
export class GroupWrites {
  readonly #parts: GroupWritesParts;
  readonly #groups = new Map<string, Group>();
  #lastVersion = Date.now();
  #isClosed = false;

  constructor(parts: GroupWritesParts) {
    this.#parts = parts;
  }

  /** Notes that a device's state of a content changed. */
  mark(deviceId: string, holding: Holding): void {
    const key = nameKey(holding.groupId);
    const group = this.#groups.get(key) ?? made(holding.groupId);
    this.#groups.set(key, group);
    const devices = group.dirty.get(holding.manifestId) ?? new Set();
    group.dirty.set(holding.manifestId, devices.add(deviceId));
    const pair = `${holding.manifestId} ${deviceId}`;
    if (this.#parts.local.held(deviceId, holding)) group.removed.delete(pair);
    else group.removed.set(pair, { deviceId, holding, atMs: performance.now() });
    this.#run(group);
  }

  /** Resolves when the changes of a group until now are written, or failed; undefined if there are none. */
  settled(groupId: string): Promise<void> | undefined {
    return this.#groups.get(nameKey(groupId))?.running;
  }

  /** Writes everything again. */
  rewrite(isMeant: (groupKey: string) => boolean = () => true): void {
    const nowMs = performance.now();
    for (const [key, group] of this.#groups) {
      if (!isMeant(key)) continue;
      group.wholeMs = nowMs;
      for (const { deviceId, holding } of [...group.removed.values()]) this.mark(deviceId, holding);
    }
    for (const { deviceId, holding } of this.#parts.local.all())
      if (isMeant(nameKey(holding.groupId))) this.mark(deviceId, holding);
  }

  /** Compares what the cluster has with the last write of each group, and writes again what it lost. */
  async repair(): Promise<void> {
    const { calls, node, forgetMs } = this.#parts;
    const nowMs = performance.now();
    const wrong = new Set<string>();
    const entries = [...this.#groups];
    for (let at = 0; at < entries.length; at += MAX_AT_ONCE) {
      await Promise.all(
        entries.slice(at, at + MAX_AT_ONCE).map(async ([key, group]) => {
          for (const [pair, { atMs }] of group.removed) if (nowMs - atMs > REMOVED_MS) group.removed.delete(pair);
          if (group.running) return;
          const { version } = group;
          const known = await calls.ask((cluster) => cluster.hget(calls.keys.versions(group.groupId), node));
          const isChanged = group.running !== undefined || group.version !== version;
          if (!isChanged && (known !== `${version}` || nowMs - group.wholeMs > forgetMs / 3)) wrong.add(key);
        }),
      );
    }
    if (wrong.size > 0) this.rewrite((key) => wrong.has(key));
    this.#forgetEmpty(wrong);
  }

  /** Waits until everything is written, or failed. */
  async drained(): Promise<void> {
    await Promise.all([...this.#groups.values()].flatMap(({ running }) => running ?? []));
  }

  close(): void {
    this.#isClosed = true;
    for (const { retry } of this.#groups.values()) clearTimeout(retry);
  }

  /** Groups of which no device of this node has anything need no comparison. */
  #forgetEmpty(except: ReadonlySet<string>): void {
    const held = new Set<string>();
    for (const { holding } of this.#parts.local.all()) held.add(nameKey(holding.groupId));
    for (const [key, group] of this.#groups) {
      const isIdle = !group.running && !group.retry && group.dirty.size === 0 && group.removed.size === 0;
      if (isIdle && !held.has(key) && !except.has(key)) this.#groups.delete(key);
    }
  }

  #run(group: Group): void {
    if (group.running || group.retry || this.#isClosed) return;
    group.running = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.#write(group))
      .catch(() => {
        const again = () => {
          group.retry = undefined;
          this.#run(group);
        };
        group.retry = setTimeout(again, RETRY_MS).unref();
      })
      .finally(() => {
        group.running = undefined;
        if (group.dirty.size > 0) this.#run(group);
      });
  }

  async #write(group: Group): Promise<void> {
    while (group.dirty.size > 0 && !this.#isClosed) {
      const part = takePart(group.dirty);
      try {
        await this.#writePart(group, part);
      } catch (error) {
        for (const [manifestId, devices] of part)
          group.dirty.set(manifestId, new Set([...devices, ...(group.dirty.get(manifestId) ?? [])]));
        throw error;
      }
    }
  }

  async #writePart(group: Group, part: Dirty): Promise<void> {
    const { calls, node, forgetMs, local } = this.#parts;
    const keys = [calls.keys.versions(group.groupId), calls.keys.groupDevices(group.groupId)];
    const named = new Set([...part.values()].flatMap((devices) => [...devices]));
    const inGroup = [...named].map((deviceId) => [deviceId, local.hasIn(deviceId, group.groupId) ? 1 : 0]);
    const changes: string[] = [];
    for (const [manifestId, devices] of part) {
      const holding = { groupId: group.groupId, manifestId };
      const content = calls.keys.content(holding);
      keys.push(content.full, content.part, content.counts);
      const states = [...devices].map((deviceId) => {
        const held = local.held(deviceId, holding);
        if (!held) return [deviceId, '-', ''];
        const flags = `${held.serves ? 's' : '-'}${held.vouched ? 'v' : '-'}`;
        return [deviceId, held.complete ? 'f' : 'p', `${node} ${flags} ${held.userKey}`];
      });
      const { holders, sharersOnline, completeSources } = local.counted(holding);
      const counts = holders === 0 ? '' : `${sharersOnline} ${completeSources}`;
      changes.push(JSON.stringify({ devices: states, counts }));
    }
    const version = ++this.#lastVersion;
    await calls.run(WRITE_HOLDERS, keys, [node, `${version}`, `${forgetMs}`, JSON.stringify(inGroup), ...changes]);
    group.version = version;
  }
}

function made(groupId: string): Group {
  return {
    groupId,
    dirty: new Map(),
    version: 0,
    wholeMs: performance.now(),
    running: undefined,
    retry: undefined,
    removed: new Map(),
  };
}

/** Takes as much as one call may have. */
function takePart(dirty: Dirty): Dirty {
  const part: Dirty = new Map();
  let left = MAX_DEVICES;
  for (const [manifestId, devices] of dirty) {
    if (left === 0 || part.size === MAX_CONTENTS) break;
    const taken = [...devices].slice(0, left);
    left -= taken.length;
    part.set(manifestId, new Set(taken));
    for (const deviceId of taken) devices.delete(deviceId);
    if (devices.size === 0) dirty.delete(manifestId);
  }
  return part;
}
