import { isIP } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, readFileWithin, writeFileDurably } from '../../disk/index.js';
import {
  type Endpoint,
  endpointFault,
  MAX_TRACKER_NODES,
  parseEndpoint,
  ShoalError,
  type TrackerLocation,
} from '../../protocol/index.js';
import { addressOf } from './known-trackers.js';

const MAX_BYTES = 256 * 1024;
/** Trackers whose nodes are remembered. The one that was met longest ago is forgotten first. */
const MAX_TRACKERS = 64;

const FILE = z.record(
  z.string().regex(/^[0-9a-f]{64}$/),
  z.array(z.string().max(300).transform(nodeOf)).max(MAX_TRACKER_NODES),
);

/** A node of a tracker, as the tracker told. It counts as the tracker only where it shows the same key. */
export interface KnownNode extends TrackerLocation {
  readonly fingerprint: string;
  readonly isTold: true;
}

/**
 * The nodes of trackers, as those with the pinned key told them, in `known-nodes.json`: when one is away, a client finds the others. Without
 * the file it knows those that its user named.
 */
export class KnownNodes {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  readonly #nodes: Map<string, readonly Endpoint[]>;

  private constructor(path: string, nodes: Map<string, readonly Endpoint[]>, warn: (message: string) => void) {
    this.#path = path;
    this.#nodes = nodes;
    this.#warn = warn;
  }

  /** @param warn hears that the file cannot be read or written, which is no obstacle */
  static async open(dataDir: string, warn: (message: string) => void): Promise<KnownNodes> {
    const path = join(dataDir, 'known-nodes.json');
    try {
      return new KnownNodes(path, parseKnownNodes((await readFileWithin(path, MAX_BYTES)).toString('utf8')), warn);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') warn(`${path} cannot be read: the nodes of trackers are learnt anew.`);
      return new KnownNodes(path, new Map(), warn);
    }
  }

  /** The nodes of the tracker with this key. */
  of(fingerprint: string): KnownNode[] {
    return (this.#nodes.get(fingerprint) ?? []).map(({ host, port }) => ({ host, port, fingerprint, isTold: true }));
  }

  /**
   * Remembers what a tracker told, instead of what it told before.
   * @param isLoopback whether it was reached on this computer: only then may its nodes be here
   */
  async learn(fingerprint: string, told: readonly Endpoint[], isLoopback: boolean): Promise<void> {
    const nodes = told.filter((node) => endpointFault(node, isLoopback && isIP(node.host) !== 0) === undefined);
    if (textOf(nodes) === textOf(this.#nodes.get(fingerprint) ?? [])) return;
    this.#nodes.delete(fingerprint);
    if (nodes.length > 0) this.#nodes.set(fingerprint, nodes);
    const [oldest] = this.#nodes.keys();
    if (this.#nodes.size > MAX_TRACKERS && oldest !== undefined) this.#nodes.delete(oldest);
    const all = Object.fromEntries([...this.#nodes].map(([key, some]) => [key, some.map(addressOf)]));
    await writeFileDurably(this.#path, `${JSON.stringify(all, null, 2)}\n`).catch((error: unknown) => {
      this.#warn(`The nodes of the tracker are forgotten at the end of this run: ${ShoalError.from(error).message}`);
    });
  }
}

/** Parses `known-nodes.json`. Memory is proportional to the text, which is limited to 256 KiB. @throws Error */
export function parseKnownNodes(text: string): Map<string, readonly Endpoint[]> {
  return new Map(Object.entries(FILE.parse(JSON.parse(text))));
}

function nodeOf(text: string, context: z.RefinementCtx): Endpoint {
  try {
    const node = parseEndpoint(text);
    if (endpointFault(node, isIP(node.host) !== 0) === undefined) return node;
  } catch {
    // The issue below says it.
  }
  context.addIssue({ code: 'custom', message: 'This is no address of a node.' });
  return z.NEVER;
}

/** The same text for the same nodes in whatever order: a tracker draws it. */
function textOf(nodes: readonly Endpoint[]): string {
  return nodes.map(addressOf).toSorted().join(' ');
}
