import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AGENT_PROTOCOL, type Setup } from '../../../extension/contract/contract.js';
import { type DaemonEndpoint, readEndpoint } from '../../../extension/daemon/endpoint-file.js';
import { DaemonLink } from '../../../extension/daemon/index.js';
import type { RemoteEvents } from '../../../extension/remote/attached-client.js';
import { RemoteClient } from '../../../extension/remote/remote-client.js';
import type { RemoteDownload } from '../../../extension/remote/remote-download.js';
import { SlowLine } from '../../editor/support/slow-line.js';
import { Lab } from '../../sdk/client/support.js';
import { until } from '../../support/until.js';

export { hasCode, nextEvent, sha1Of, someProgress } from '../../sdk/client/support.js';
export { until } from '../../support/until.js';

export const MIB = 1 << 20;

/** A built program of the extension. */
export const programAt = (name: 'agent' | 'tracker'): string =>
  fileURLToPath(new URL(`../../../extension/dist/programs/${name}.cjs`, import.meta.url));

export interface WindowOptions {
  /** Default: the lab's tracker. */
  readonly tracker?: string | null;
  readonly keepSharing?: boolean;
  /** The computer: each has an agent of its own. */
  readonly computer?: string;
  readonly version?: string;
  readonly protocol?: number;
  readonly lingerMs?: number;
  /** The program, where it is not the built agent. */
  readonly script?: string;
}

/** A window of the editor: its link, its client, and what the user wants there. */
export class TestWindow {
  readonly link: DaemonLink;
  readonly client: RemoteClient;
  /** What `prepare` tells an agent; may be changed. */
  setup: Setup;
  /** How often an agent was prepared. */
  prepared = 0;
  /** Done before the agent is told which session it is: the editor has to look that up. */
  lookUpSession: (() => Promise<void>) | undefined;

  constructor(folder: string, tokens: Map<string, string>, tracker: string | null, options: WindowOptions) {
    const { version = '1.0.0', protocol = AGENT_PROTOCOL, lingerMs = 60_000, script = programAt('agent') } = options;
    this.setup = { tracker, listen: '127.0.0.1:0', advertise: null, keepSharing: options.keepSharing ?? false };
    this.link = new DaemonLink({
      ...{ folder: join(folder, 'agent'), script, protocol, version },
      startOptions: () => ({ folder, version, lingerMs }),
    });
    this.client = new RemoteClient(this.link, async (agent) => {
      this.prepared++;
      await agent.setLimits({});
      await agent.setUp(this.setup);
      await this.lookUpSession?.();
      const token = tokens.get(this.setup.tracker ?? '');
      if (this.setup.tracker !== null && token !== undefined) await agent.keepSession(this.setup.tracker, token);
    });
    this.client.on('tokenChanged', (token) => {
      const key = this.setup.tracker ?? '';
      if (token === undefined) tokens.delete(key);
      else tokens.set(key, token);
    });
  }

  close(): void {
    this.link.close();
  }
}

/** A tracker, peers, and computers with an agent and windows: all is gone afterwards. */
export class AgentLab extends Lab {
  readonly #windows: TestWindow[] = [];
  readonly #lines: SlowLine[] = [];
  readonly #folders = new Set<string>();
  readonly #tokens = new Map<string, Map<string, string>>();

  window(options: WindowOptions = {}): TestWindow {
    const computer = options.computer ?? 'computer';
    const tracker = options.tracker === undefined ? this.tracker.url : options.tracker;
    const folder = this.computer(computer);
    const window = new TestWindow(folder, this.tokens(computer), tracker, options);
    this.#windows.push(window);
    return window;
  }

  /** A window whose user is signed in under this name, with a new account. */
  async signedInWindow(name: string, options?: WindowOptions): Promise<TestWindow> {
    const window = this.window(options);
    await window.client.createUser(name, `password of ${name}`);
    await window.client.login(name, `password of ${name}`);
    return window;
  }

  /** A line before a peer on which a download takes long enough to be seen. */
  async slowLine(): Promise<SlowLine> {
    const line = await SlowLine.open(4 * MIB);
    this.#lines.push(line);
    return line;
  }

  /** The folder of a computer's agent, which is ended with the lab. */
  computer(name: string): string {
    const folder = join(this.folder, name);
    this.#folders.add(folder);
    return folder;
  }

  /** What a computer's editor keeps: a session's token for each tracker. */
  tokens(computer = 'computer'): Map<string, string> {
    const tokens = this.#tokens.get(computer) ?? new Map<string, string>();
    this.#tokens.set(computer, tokens);
    return tokens;
  }

  endpoint(computer = 'computer'): Promise<DaemonEndpoint> {
    return endpointIn(join(this.computer(computer), 'agent'));
  }

  /** Ends a computer's agent as a crash would; its process id. */
  async crash(computer = 'computer'): Promise<number> {
    const { pid } = await this.endpoint(computer);
    process.kill(pid, 'SIGKILL');
    await until(() => !isRunning(pid));
    return pid;
  }

  override async close(): Promise<void> {
    for (const window of this.#windows) {
      window.close();
      await window.link.openIfThere().catch(() => undefined); // the agent that it is starting is to be ended as well
    }
    for (const folder of this.#folders) await endDaemon(join(folder, 'agent'));
    await Promise.all(this.#lines.map((line) => line.close()));
    await super.close();
  }
}

export async function endpointIn(folder: string): Promise<DaemonEndpoint> {
  const endpoint = await readEndpoint(folder);
  assert.ok(endpoint, `${folder} has an endpoint`);
  return endpoint;
}

/** Ends the daemon of a folder, whatever became of it, and what it left. */
export async function endDaemon(folder: string): Promise<void> {
  const endpoint = await readEndpoint(folder);
  const pids = [endpoint?.pid, holderOf(folder)];
  for (const pid of pids) {
    if (pid === undefined || pid === process.pid || !isRunning(pid)) continue;
    process.kill(pid, 'SIGTERM');
    await until(() => !isRunning(pid));
  }
  if (endpoint && existsSync(dirname(endpoint.address))) rmSync(dirname(endpoint.address), { recursive: true });
}

/** The process that holds a folder's lock. */
export function holderOf(folder: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as { pid: number }).pid;
  } catch {
    return undefined; // nobody does
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What the next event of a kind that satisfies carries. */
export function next<E extends keyof RemoteEvents>(
  client: RemoteClient,
  event: E,
  satisfies: (...args: RemoteEvents[E]) => boolean = () => true,
): Promise<RemoteEvents[E][0]> {
  return new Promise((resolve) => {
    const listener = (...args: RemoteEvents[E]) => {
      if (!satisfies(...args)) return;
      client.off(event, listener as never);
      resolve(args[0]);
    };
    client.on(event, listener as never);
  });
}

/** Fulfilled when a window's status is so, now or after a change. */
export async function statusIs(
  { client }: TestWindow,
  isSo: (status: RemoteEvents['statusChanged'][0]) => boolean,
): Promise<RemoteEvents['statusChanged'][0]> {
  if (client.isAttached && isSo(client.mirror.status)) return client.mirror.status;
  return next(client, 'statusChanged', (status) => client.isAttached && isSo(status)) as Promise<
    typeof client.mirror.status
  >;
}

/** Fulfilled when the mirror's downloads are so, now or after a change. */
export async function downloadsAre(
  { client }: TestWindow,
  isSo: (downloads: RemoteDownload[]) => boolean,
): Promise<RemoteDownload[]> {
  const look = () => client.downloads() as RemoteDownload[];
  if (!isSo(look())) await next(client, 'downloadsChanged', () => isSo(look()));
  return look();
}
