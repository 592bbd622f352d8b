import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import * as z from 'zod';
import { ShoalClient, type ShoalClientOptions } from '../../../sdk/index.js';
import { randomFile } from '../../e2e/support/scenes.js';
import { untilSeen } from '../../support/until.js';
import { launchBrowser } from './browser.js';
import { installedExtensions } from './extensions.js';
import { type Editor, type EditorOptions, startEditor } from './server.js';
import { EditorWindow } from './window.js';

const ENDPOINT = z.object({ pid: z.number().int(), address: z.string() });
const ROOT = new URL('../../../', import.meta.url).pathname;

export { randomFile, sha1Of } from '../../e2e/support/scenes.js';

/** A second editor starts beside the first one, at work. */
const FOREIGN_SECONDS = 180;

/** Pictures of what a person sees, for someone to look at; ignored by git. */
export const SCREENSHOTS = join(ROOT, 'test/editor/screenshots');

export interface DeskOptions {
  /** The language to speak, such as `de`. */
  readonly locale?: string;
  /** Leaves the extension set up as everybody gets it, so that it serves on every network. Default: on this computer's own loopback only. */
  readonly isOnNetwork?: boolean;
  /** Leaves it to the person to install the extension. */
  readonly isBare?: boolean;
}

/** One person at an editor of their own: its server, a browser that remembers, and a folder with files. */
export class Desk {
  readonly folder: string;
  readonly workspace: string;
  readonly downloads: string;
  editor!: Editor;
  context!: BrowserContext;
  window!: EditorWindow;
  readonly #isBare: boolean;
  readonly #foreign: Editor[] = [];
  readonly #peers: ShoalClient[] = [];

  private constructor(name: string, isBare: boolean) {
    this.#isBare = isBare;
    this.folder = mkdtempSync(join(tmpdir(), `shoal-desk-${name}-`));
    this.workspace = join(this.folder, 'workspace');
    this.downloads = join(this.folder, 'downloads');
    for (const path of [this.workspace, this.downloads, SCREENSHOTS]) mkdirSync(path, { recursive: true });
  }

  /** Opens a window with the packed extension. */
  static async open(name: string, { locale, isOnNetwork = false, isBare = false }: DeskOptions = {}): Promise<Desk> {
    const desk = new Desk(name, isBare);
    mkdirSync(join(desk.folder, 'editor'));
    [desk.editor, desk.context] = await Promise.all([
      desk.#startEditor({ settings: desk.#settings(isOnNetwork), ...(locale !== undefined && { locale }) }),
      launchBrowser(join(desk.folder, 'browser')),
    ]);
    desk.window = new EditorWindow(desk.context.pages()[0] ?? (await desk.context.newPage()));
    await desk.window.open(desk.editor.url, desk.workspace);
    return desk;
  }

  /** Where the extension keeps its state. */
  get storage(): string {
    return join(this.folder, 'editor/data/User/globalStorage/shoal.shoal');
  }

  /** Closes every window, and the editor with them; nothing of the extension's has ended yet. */
  async closeEditor(): Promise<void> {
    await this.window.page.goto('about:blank');
    await this.editor.stop();
  }

  /** Starts the editor again as it was, with one window. */
  async reopenEditor(): Promise<void> {
    this.editor = await this.#startEditor({ port: this.editor.port });
    await this.window.open(this.editor.url, this.workspace);
  }

  /** A second window of the same editor. */
  async anotherWindow(): Promise<EditorWindow> {
    const other = new EditorWindow(await this.context.newPage());
    await other.open(this.editor.url, this.workspace);
    return other;
  }

  /** A window in another language, of a second editor on the same data: it finds the same agent. */
  async foreignWindow(locale: string): Promise<EditorWindow> {
    const editor = await this.#startEditor({ locale });
    this.#foreign.push(editor);
    const other = new EditorWindow(await this.context.newPage(), FOREIGN_SECONDS);
    await other.open(editor.url, this.workspace);
    return other;
  }

  /** Writes random bytes into the workspace; their SHA-1. */
  file(name: string, sizeBytes: number): string {
    return randomFile(join(this.workspace, name), sizeBytes);
  }

  /** Someone else: a real peer, signed in under that name with the password `secret-NAME`. */
  async peer(name: string, tracker: string, options: Partial<ShoalClientOptions> = {}): Promise<ShoalClient> {
    const dataDir = join(this.folder, 'peers', name);
    const client = new ShoalClient({ tracker, dataDir, listen: '127.0.0.1:0', ...options });
    this.#peers.push(client);
    await client.connect();
    await client.createUser(name, `secret-${name}`);
    await client.login(name, `secret-${name}`);
    return client;
  }

  async screenshot(name: string): Promise<void> {
    await this.window.screenshot(join(SCREENSHOTS, `${name}.png`));
  }

  /** The process id of a daemon of the extension; undefined when there is none. */
  daemon(which: 'agent' | 'tracker'): number | undefined {
    return endpointIn(this.storage, which)?.pid;
  }

  /** The process id of the daemon that takes the place of one that has ended. */
  async nextDaemon(which: 'agent' | 'tracker', before: number): Promise<number> {
    return (await untilSeen(
      () => this.daemon(which),
      (pid) => pid !== undefined && pid !== before,
    )) as number;
  }

  /** Waits until a daemon of the extension has ended in order: it does so after what it has to tell. */
  async daemonEnded(which: 'agent' | 'tracker'): Promise<void> {
    await untilSeen(
      () => this.daemon(which),
      (pid) => pid === undefined,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.context?.close();
    await Promise.all([this.editor, ...this.#foreign].map((editor) => editor?.stop()));
    endDaemons(this.storage);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #startEditor(options: Partial<EditorOptions>): Promise<Editor> {
    const extensions = this.#isBare ? {} : { extensionsDir: await installedExtensions() };
    return startEditor({ ...options, folder: join(this.folder, 'editor'), ...extensions });
  }

  #settings(isOnNetwork: boolean): Record<string, unknown> {
    return {
      ...(!isOnNetwork && { 'shoal.host.address': '127.0.0.1', 'shoal.listen': '127.0.0.1:0' }),
      'shoal.downloadFolder': this.downloads,
      'files.autoSave': 'off', // as on a desktop
    };
  }
}

/** Ends what an extension with this storage has started and left running, and what that leaves behind. */
export function endDaemons(storage: string): void {
  for (const which of ['agent', 'tracker'] as const) {
    const endpoint = endpointIn(storage, which);
    if (!endpoint) continue;
    endNow(endpoint.pid);
    rmSync(dirname(endpoint.address), { recursive: true, force: true });
  }
}

function endpointIn(storage: string, which: 'agent' | 'tracker'): z.infer<typeof ENDPOINT> | undefined {
  const path = join(storage, which === 'agent' ? 'agent' : 'tracker/control', 'endpoint.json');
  return existsSync(path) ? ENDPOINT.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}

/** Every file in a folder and those below it. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Ends a process that a desk started, as a crash would. */
export function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
