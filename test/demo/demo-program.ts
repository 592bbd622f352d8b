import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DownloadProgress } from '@shoal/sdk';
import type { PeerOrder, PeerReport } from './demo-peer.js';

const PEER = fileURLToPath(new URL('./demo-peer.ts', import.meta.url));
const TRACKER = fileURLToPath(new URL('../../tracker/bin/shoal-tracker.js', import.meta.url));

/** A tracker in a process of its own; its address once it listens. */
export async function startTracker(dataDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [TRACKER, '--listen', '127.0.0.1:0', '--data', dataDir, '--log-level', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  while (!/wss:\S+#\S+/.test(printed)) {
    const [chunk] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [unknown];
    if (!(chunk instanceof Uint8Array)) throw new Error('The tracker did not start.');
    printed += Buffer.from(chunk).toString();
  }
  return { url: /wss:\S+#\S+/.exec(printed)?.[0] ?? '', stop: () => end(child) };
}

/** A peer in a process of its own. */
export class DemoPeer {
  readonly name: string;
  readonly #child: ChildProcess;
  #nextId = 1;

  constructor(name: string, tracker: string, dataDir: string) {
    this.name = name;
    this.#child = fork(PEER, [tracker, dataDir], { execArgv: ['--import', 'tsx'] });
    this.#child.setMaxListeners(0);
  }

  /** Has the peer do something, and waits until it is done. */
  async do(
    method: PeerOrder['method'],
    args: readonly string[] = [],
    onProgress?: (progress: DownloadProgress) => void,
  ): Promise<void> {
    const id = this.#nextId++;
    await new Promise<void>((resolve, reject) => {
      const onExit = () => reject(new Error(`${this.name} died.`));
      const onMessage = (report: PeerReport) => {
        if (report.type === 'progress') return onProgress?.(report.progress);
        if (report.id !== id) return;
        this.#child.off('message', onMessage);
        this.#child.off('exit', onExit);
        if (report.type === 'done') resolve();
        else reject(new Error(`${this.name}: ${report.message}`));
      };
      this.#child.on('message', onMessage);
      this.#child.once('exit', onExit);
      this.#child.send({ id, method, args } satisfies PeerOrder);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    await exited;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
