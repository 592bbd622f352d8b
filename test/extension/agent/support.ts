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
import { nextOf } from '../../support/next-event.js';
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
  /** The computer; each has its own agent. */
  readonly computer?: string;
  readonly version?: string;
  readonly protocol?: number;
  readonly lingerMs?: number;
  /** The program, if it is not the built agent. */
  readonly script?: string;
}

/** A window of the editor: its link, its client, and its setup. */
export class TestWindow {
  readonly link: DaemonLink;
  readonly client: RemoteClient;
  /** What `prepare` sends to an agent; tests may change it. */
  setup: Setup;
  /** Number of prepared agents. */
  prepared = 0;
  /** Runs before the session is sent to the agent, as the editor has to look it up. */
  lookUpSession: (() => Promise<void>) | undefined;

  constructor(folder: string, tokens: Map<string, string>, tracker: string | null, options: WindowOptions) {
    const { version = '1.0.0', protocol = AGENT_PROTOCOL, lingerMs = 60_000, script = programAt('agent') } = options;
    this.setup = {
      tracker,
      listen: '127.0.0.1:0',
      advertise: null,
      connect: 'auto',
      portMapping: true,
      keepSharing: options.keepSharing ?? false,
    };
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

/** A tracker, peers, and computers with an agent and windows, all removed afterwards. */
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

  /** A window with a new signed-in user of this name. */
  async signedInWindow(name: string, options?: WindowOptions): Promise<TestWindow> {
    const window = this.window(options);
    await window.client.createUser(name, `password of ${name}`);
    await window.client.login(name, `password of ${name}`);
    return window;
  }

  /** A slow line in front of a peer, on which a download takes long enough to be observed. */
  async slowLine(): Promise<SlowLine> {
    const line = await SlowLine.open(4 * MIB);
    this.#lines.push(line);
    return line;
  }

  /** The folder of a computer's agent, which ends with the lab. */
  computer(name: string): string {
    const folder = join(this.folder, name);
    this.#folders.add(folder);
    return folder;
  }

  /** The session tokens that a computer's editor keeps, by tracker. */
  tokens(computer = 'computer'): Map<string, string> {
    const tokens = this.#tokens.get(computer) ?? new Map<string, string>();
    this.#tokens.set(computer, tokens);
    return tokens;
  }

  endpoint(computer = 'computer'): Promise<DaemonEndpoint> {
    return endpointIn(join(this.computer(computer), 'agent'));
  }

  /** Kills a computer's agent. Returns its process id. */
  async crash(computer = 'computer'): Promise<number> {
    const { pid } = await this.endpoint(computer);
    process.kill(pid, 'SIGKILL');
    await until(() => !isRunning(pid));
    return pid;
  }

  override async close(): Promise<void> {
    for (const window of this.#windows) {
      window.close();
      await window.link.openIfThere().catch(() => undefined); // an agent that is being started must end as well
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

/** Ends the daemon of a folder, whatever its state, and removes its files. */
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

/** The process that holds the lock of a folder. */
export function holderOf(folder: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as { pid: number }).pid;
  } catch {
    return undefined; // no process does
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

/** The payload of the next event of a kind that satisfies a condition. */
export async function next<E extends keyof RemoteEvents>(
  client: RemoteClient,
  event: E,
  satisfies: (...args: RemoteEvents[E]) => boolean = () => true,
): Promise<RemoteEvents[E][0]> {
  const [payload] = await nextOf<RemoteEvents[E]>(client, event, satisfies);
  return payload;
}

/** Resolves when the status of a window satisfies a condition, now or after a change. */
export async function statusIs(
  { client }: TestWindow,
  isSo: (status: RemoteEvents['statusChanged'][0]) => boolean,
): Promise<RemoteEvents['statusChanged'][0]> {
  if (client.isAttached && isSo(client.mirror.status)) return client.mirror.status;
  return next(client, 'statusChanged', (status) => client.isAttached && isSo(status)) as Promise<
    typeof client.mirror.status
  >;
}

/** Resolves when the mirrored downloads satisfy a condition, now or after a change. */
export async function downloadsAre(
  { client }: TestWindow,
  isSo: (downloads: RemoteDownload[]) => boolean,
): Promise<RemoteDownload[]> {
  const look = () => client.downloads() as RemoteDownload[];
  if (!isSo(look())) await next(client, 'downloadsChanged', () => isSo(look()));
  return look();
}
