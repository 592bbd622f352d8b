import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TrackerLimits } from '../../../../tracker/server/budgets/limits.js';

/** What a node's process is told at its start. */
export interface NodeOptions {
  readonly dataDir?: string;
  readonly store?: string;
  readonly swarm?: string;
  readonly limits: Partial<TrackerLimits>;
}

export type NodeAsked = 'memory' | 'stop';
export type NodeTold =
  | { readonly kind: 'listening'; readonly url: string }
  | ({ readonly kind: 'memory' } & NodeJS.MemoryUsage);

const PLENTY = { atOnce: 1e9, perHour: 1e9 } as const;

/** No bound of one address or client is in the way: a bench is many people at one address. */
const NO_BOUNDS: Partial<TrackerLimits> = {
  ...{ connections: 1e6, connectionsPerAddress: 1e6, strangers: 1e6, strangersPerAddress: 1e6 },
  ...{ requestsPerSecond: 1e6, requestBurst: 1e6, meetingsPerDevice: PLENTY, meetingMs: 1 },
  ...{ meetingsAtOncePerDevice: 1e6, meetingsAtOncePerSource: 1e6, relaySessions: 1e6, devicesPerUser: 1e6 },
  ...{ relaySessionsPerDevice: 1e6, relaySessionsPerUser: 1e6 },
  ...{ filesPerAddress: PLENTY, groupsPerAddress: PLENTY, requestsPerAddress: PLENTY },
};

/** A process that this bench started, and its pid. */
export class BenchProcess<Told extends { readonly kind: string }> {
  readonly #child: ChildProcess;

  /** @param flags of Node */
  constructor(file: string, argument: object, flags: readonly string[] = []) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.#child = fork(path, [JSON.stringify(argument)], { execArgv: [...flags, ...process.execArgv] });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  ask(message: NodeAsked): void {
    this.#child.send(message);
  }

  /** The next message of a kind. */
  async next<K extends Told['kind']>(kind: K): Promise<Extract<Told, { kind: K }>> {
    const over = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`a process of the bench ended with ${code}`);
    });
    over.catch(() => {}); // it ends later
    for (;;) {
      const [told] = (await Promise.race([once(this.#child, 'message'), over])) as [Told];
      if (told.kind === kind) return told as Extract<Told, { kind: K }>;
    }
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    if (this.#child.connected) this.ask('stop');
    await exited;
  }
}

/** A node of a tracker in a process of its own. */
export class BenchNode {
  readonly #process: BenchProcess<NodeTold>;
  readonly url: string;

  private constructor(process: BenchProcess<NodeTold>, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** @param flags of Node */
  static async start(options: Omit<NodeOptions, 'limits'>, flags?: readonly string[]): Promise<BenchNode> {
    const running = new BenchProcess<NodeTold>('./node-process.ts', { ...options, limits: NO_BOUNDS }, flags);
    return new BenchNode(running, (await running.next('listening')).url);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it takes after a collection of garbage. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    const told = this.#process.next('memory');
    this.#process.ask('memory');
    return told;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
