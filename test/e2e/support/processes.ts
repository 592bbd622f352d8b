import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const SHOAL = fileURLToPath(new URL('../../../sdk/bin/shoal.js', import.meta.url));
export const SHOAL_TRACKER = fileURLToPath(new URL('../../../tracker/bin/shoal-tracker.js', import.meta.url));

const PATIENCE_MS = 60_000;
const TO_STOP_MS = 20_000;
const LIST = /^(\d+) (?:commands?|downloads?|files?|groups?|members?|requests?|shares?|sources?|uploads?|versions?)$/;

export interface ProgramOptions {
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** The program that runs the script. Default: this Node. */
  readonly runtime?: string | undefined;
  /** The command prefix of the runtime: a command that replaces itself with the rest of its arguments. */
  readonly within?: readonly string[];
}

/** One of Shoal's programs in its own process. Its output is read line by line. */
export class Program {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #exited: Promise<number | NodeJS.Signals>;
  #wake = () => {};
  #warned = () => {};
  #hasEnded = false;
  #stderr = '';

  constructor(
    script: string,
    args: readonly string[],
    { env = {}, runtime = process.execPath, within = [] }: ProgramOptions = {},
  ) {
    const [command = runtime, ...rest] = [...within, runtime, script, ...args];
    this.#child = spawn(command, rest, { env: { ...process.env, ...env } });
    this.#exited = once(this.#child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#warned();
    });
    this.#child.stdin.on('error', () => {}); // the process is gone, and the next read of a line reports that
    const lines = createInterface({ input: this.#child.stdout });
    lines.on('line', (line) => {
      this.#lines.push(line);
      this.#wake();
    });
    lines.on('close', () => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Everything written to standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves once a match was written to standard error. */
  async warns(what: RegExp): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#warned = () => {
        if (what.test(this.#stderr)) resolve();
      };
      this.#warned();
    });
  }

  /** The exit code, or the signal that ended it. */
  get exited(): Promise<number | NodeJS.Signals> {
    return this.#exited;
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  /** The next line on standard output. */
  async line(patienceMs = PATIENCE_MS): Promise<string> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#hasEnded) throw new Error(`The program has ended (${await this.#exited}):\n${this.#stderr}`);
      if (Date.now() >= deadline) throw new Error(`No line within ${patienceMs} ms:\n${this.#stderr}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends the program in an orderly way. Returns its exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), TO_STOP_MS);
    try {
      return await this.#exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the program like a crash (`kill -9`). */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}

/** A terminal client that reads commands from a pipe. */
export class Peer extends Program {
  /** Runs a command. Returns its result line, whether it succeeded or not. */
  async say(command: string, patienceMs?: number): Promise<string> {
    this.write(`${command}\n`);
    return this.line(patienceMs);
  }

  /** Runs a command that lists entries. Returns the entries after the line with their number. */
  async list(command: string): Promise<string[]> {
    const first = await this.say(command);
    const [, count] = LIST.exec(first) ?? [];
    if (count === undefined) throw new Error(`${command} answered: ${first}`);
    const entries: string[] = [];
    while (entries.length < Number(count)) entries.push(await this.line());
    return entries;
  }
}

/** A running tracker and its address. */
export class Tracker extends Program {
  /** `wss://127.0.0.1:PORT#FINGERPRINT`, as the tracker prints it. */
  url = '';

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get fingerprint(): string {
    return new URL(this.url).hash.slice(1);
  }

  /** The status of `/readyz`. */
  async readiness(): Promise<number | undefined> {
    return (await this.#get('/readyz')).status;
  }

  /** Devices that are signed in at this process. */
  async devices(): Promise<number> {
    const { text } = await this.#get('/metrics');
    return Number(/^shoal_devices_online (\d+)$/m.exec(text)?.[1]);
  }

  /** Waits until the tracker prints its address. */
  async listening(): Promise<this> {
    while (this.url === '') this.url = /wss:\/\/\S+#\S+/.exec(await this.line())?.[0] ?? '';
    return this;
  }

  #get(path: string): Promise<{ status: number | undefined; text: string }> {
    const where = { host: '127.0.0.1', port: this.port, path, rejectUnauthorized: false, agent: false };
    return new Promise((resolve, reject) => {
      const asked = get(where, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.once('end', () => resolve({ status: answer.statusCode, text })).once('error', reject);
      });
      asked.once('error', reject);
    });
  }
}

/** A temporary folder and the processes that run in it. `close` removes both. */
export class Stage {
  readonly folder: string;
  readonly #programs: Program[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'shoal-e2e-')));
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** A folder on the stage, created if it does not exist. */
  async subfolder(...parts: string[]): Promise<string> {
    const path = this.path(...parts);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Starts a tracker on any free port, or on a given one to restart it at its address. */
  startTracker({
    host = '127.0.0.1',
    port = 0,
    dataDir = this.path('tracker'),
    args = [] as string[],
    within = [] as readonly string[],
  } = {}): Promise<Tracker> {
    const listen = ['--listen', `${host}:${port}`];
    const tracker = new Tracker(SHOAL_TRACKER, [...listen, '--data', dataDir, ...args], { within });
    this.#programs.push(tracker);
    return tracker.listening();
  }

  /** Writes a `tracker_info.txt` for a tracker. */
  async trackerInfo(tracker: Tracker): Promise<string> {
    const path = this.path('tracker_info.txt');
    await writeFile(path, `127.0.0.1 ${tracker.port}\n`);
    return path;
  }

  /** Starts a terminal client with a data folder of this name. `tracker` is a `tracker_info.txt` or an address. */
  startPeer(
    name: string,
    tracker: string,
    {
      listen = '127.0.0.1:0',
      args = [] as string[],
      runtime,
      env = {},
      within = [],
    }: ProgramOptions & { listen?: string; args?: string[] } = {},
  ): Peer {
    const peer = new Peer(SHOAL, [listen, tracker, '--data', this.path('peers', name), ...args], {
      runtime,
      env,
      within,
    });
    this.#programs.push(peer);
    return peer;
  }

  /** Runs the terminal client with any arguments. */
  startShoal(...args: string[]): Program {
    const program = new Program(SHOAL, args);
    this.#programs.push(program);
    return program;
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
