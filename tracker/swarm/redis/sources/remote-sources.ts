import { type Candidate, chooseSources } from '../../choose-sources.js';
import type { Holding, KnownSource, OnlineDevice } from '../../swarm.js';
import type { Calls } from '../cluster/calls.js';
import { CLEAR_LOST } from '../cluster/scripts.js';
import { decodeDevice } from '../cluster/wire.js';
import type { LiveNodes } from '../records/live-nodes.js';

/** Holders that are drawn of each kind, complete and partial, at most: several answers' worth, however large the swarm. */
const DRAWN = 128;
/** Holders among whom users are counted; more are estimated. */
const COUNTED = 1000;

/** A device with a content, as the cluster has it. */
export interface Holder extends Candidate {
  readonly deviceId: string;
  readonly node: string;
  readonly serves: boolean;
}

export interface RemoteSourcesParts {
  readonly calls: Calls;
  readonly node: string;
  readonly nodes: Pick<LiveNodes, 'isAlive'>;
}

/** Reads what the devices of all nodes have. What lost nodes left is ignored, and removed where it is met. */
export class RemoteSources {
  readonly #parts: RemoteSourcesParts;

  constructor(parts: RemoteSourcesParts) {
    this.#parts = parts;
  }

  /** A device that is signed in at another node. */
  async device(deviceId: string): Promise<OnlineDevice | undefined> {
    const { calls, node, nodes } = this.#parts;
    const [at, record] = await calls.ask((cluster) => cluster.hmget(calls.keys.device(deviceId), 'node', 'record'));
    if (!at || !record || at === node || !(await nodes.isAlive(at))) return undefined;
    return decodeDevice(record);
  }

  /** A device of another node as a source of a content; undefined if it has none of it, or serves nothing. */
  async source(deviceId: string, holding: Holding): Promise<KnownSource | undefined> {
    const [holder] = await this.holdersAmong([deviceId], holding);
    const device = holder && (await this.device(deviceId));
    return device?.serves ? { ...device, complete: holder?.complete ?? false } : undefined;
  }

  /** Whether a device of another node has something in a group. */
  async holdsIn(deviceId: string, groupId: string): Promise<boolean> {
    const { calls, node, nodes } = this.#parts;
    const at = await calls.ask((cluster) => cluster.hget(calls.keys.groupDevices(groupId), deviceId));
    return at !== null && at !== node && nodes.isAlive(at);
  }

  /**
   * Random devices with all and with some of a content, of all nodes, this one included.
   * @returns them, and whether these are all
   */
  async draw(holding: Holding): Promise<{ readonly holders: Holder[]; readonly isAll: boolean }> {
    const { full, part } = this.#parts.calls.keys.content(holding);
    const [complete, partial] = await Promise.all([this.#drawFrom(full, DRAWN), this.#drawFrom(part, DRAWN)]);
    const holders = [...toHolders(complete, true), ...toHolders(partial, false)];
    const isAll = complete.length < DRAWN && partial.length < DRAWN;
    return { holders: await this.#living(holders, holding), isAll };
  }

  /** Those of some devices that have a content, wherever they are signed in. */
  async holdersAmong(deviceIds: readonly string[], holding: Holding): Promise<Holder[]> {
    if (deviceIds.length === 0) return [];
    const { calls } = this.#parts;
    const { full, part } = calls.keys.content(holding);
    const [complete, partial] = await Promise.all([
      calls.ask((cluster) => cluster.hmget(full, ...deviceIds)),
      calls.ask((cluster) => cluster.hmget(part, ...deviceIds)),
    ]);
    const pairs = (values: readonly (string | null)[]) =>
      values.flatMap((value, index): [string, string][] => (value === null ? [] : [[deviceIds[index] ?? '', value]]));
    return this.#living([...toHolders(pairs(complete), true), ...toHolders(pairs(partial), false)], holding);
  }

  /** Sources among candidates, by the rules of an answer. Those of this node are known already. */
  async choose(
    candidates: readonly (Candidate &
      Pick<Holder, 'deviceId' | 'node'> & { readonly known: KnownSource | undefined })[],
    limit: number,
    random: () => number,
  ): Promise<{ readonly source: KnownSource; readonly node: string }[]> {
    const chosen = chooseSources(candidates, limit, random);
    const sources = await Promise.all(
      chosen.map(async ({ known, node, deviceId, complete }) => {
        if (known) return { source: known, node };
        const device = await this.device(deviceId).catch(() => undefined); // its part of the cluster does not answer
        return device?.serves ? { source: { ...device, complete }, node } : undefined;
      }),
    );
    return sources.filter((source) => source !== undefined);
  }

  /** Devices that serve some and all of a content, by other nodes. */
  async counts(holding: Holding): Promise<{ nodes: string[]; sharersOnline: number; completeSources: number }> {
    const { calls, node, nodes } = this.#parts;
    const byNode = await calls.ask((cluster) => cluster.hgetall(calls.keys.content(holding).counts));
    const sum = { nodes: [] as string[], sharersOnline: 0, completeSources: 0 };
    for (const [name, text] of Object.entries(byNode)) {
      const [, sharers, complete] = /^(\d{1,9}) (\d{1,9})$/.exec(text) ?? [];
      if (name === node || sharers === undefined) continue;
      if (!(await nodes.isAlive(name))) {
        this.#clear(name, [], holding);
        continue;
      }
      sum.nodes.push(name);
      sum.sharersOnline += Number(sharers);
      sum.completeSources += Number(complete);
    }
    return sum;
  }

  /** Users with all of a content, with those of this node; an estimate if there are many. */
  async countUsers(holding: Holding): Promise<number> {
    const { calls } = this.#parts;
    const { full } = calls.keys.content(holding);
    const [drawn, size] = await Promise.all([
      this.#drawFrom(full, COUNTED),
      calls.ask((cluster) => cluster.hlen(full)),
    ]);
    const living = await this.#living([...toHolders(drawn, true)], holding);
    const users = new Set(living.map(({ userKey }) => userKey)).size;
    return drawn.length < COUNTED ? users : Math.round((users * size) / drawn.length);
  }

  async #drawFrom(key: string, count: number): Promise<[string, string][]> {
    const { calls } = this.#parts;
    const flat = await calls.ask((cluster) => cluster.hrandfield(key, count, 'WITHVALUES'));
    const texts = Array.isArray(flat) ? flat.map(String) : [];
    return Array.from({ length: texts.length / 2 }, (_, index) => [texts[index * 2] ?? '', texts[index * 2 + 1] ?? '']);
  }

  async #living(holders: readonly Holder[], holding: Holding): Promise<Holder[]> {
    const lost = new Map<string, string[]>();
    const living: Holder[] = [];
    for (const holder of holders) {
      if (await this.#parts.nodes.isAlive(holder.node)) living.push(holder);
      else lost.set(holder.node, [...(lost.get(holder.node) ?? []), holder.deviceId]);
    }
    for (const [node, deviceIds] of lost) this.#clear(node, deviceIds, holding);
    return living;
  }

  /** Removes what a lost node left. If that fails, the next one who meets it tries again. */
  #clear(node: string, deviceIds: readonly string[], holding: Holding): void {
    const { calls } = this.#parts;
    const { full, part, counts } = calls.keys.content(holding);
    const keys = [calls.keys.versions(holding.groupId), full, part, counts];
    calls.run(CLEAR_LOST, keys, [node, ...deviceIds]).catch(() => {});
  }
}

function* toHolders(pairs: Iterable<readonly [string, string]>, complete: boolean): Iterable<Holder> {
  for (const [deviceId, text] of pairs) {
    const [, node = '', serves, vouched, userKey = ''] = /^(\S+) ([s-])([v-]) (.*)$/s.exec(text) ?? [];
    if (node !== '') yield { deviceId, node, userKey, complete, serves: serves === 's', vouched: vouched === 'v' };
  }
}
