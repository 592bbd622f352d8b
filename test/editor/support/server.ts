import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../support/free-ports.js';
import { run, Tail } from '../../support/run.js';
import { ensureEditor } from './install.js';

/** An editor that is up to be shown in a browser. */
export interface Editor {
  readonly url: string;
  /** Given to the next start, it keeps the origin, and with it what the browser holds: secrets and state. */
  readonly port: number;
  stop(): Promise<void>;
}

export interface EditorOptions {
  /** Takes all that the editor writes: settings, state and its home. A start on it again goes on where it was. */
  folder: string;
  extensionsDir?: string;
  userDataDir?: string;
  /** On top of the quiet ones, written at each start that gives some and at the first. */
  settings?: Record<string, unknown>;
  /** On top of this process's environment. Reaches the extension host. */
  env?: NodeJS.ProcessEnv;
  port?: number;
  /** The language to speak, such as `de`. */
  locale?: string;
  /** For tests inside the extension host. It draws no toasts and refuses modal messages. */
  smokeTestDriver?: boolean;
  log?: (text: string) => void;
}

/** Nothing on screen or on the network that a test did not ask for. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.reduceMotion': 'on',
  'workbench.enableExperiments': false,
  'window.autoDetectColorScheme': true,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'npm.autoDetect': 'off',
  'remote.autoForwardPorts': false,
  'files.simpleDialog.enable': true,
  'search.followSymlinks': false, // a test has a link to the root of the disk, which a search would read whole
};

const START_SECONDS = 30;
const STOP_SECONDS = 10;

/** A language pack without a word: the editor itself stays English, its extensions speak the language if they can. */
async function writeLanguagePack(userDataDir: string, locale: string): Promise<void> {
  const translation = join(userDataDir, `${locale}.i18n.json`);
  const pack = {
    hash: locale,
    label: locale,
    extensions: [{ extensionIdentifier: { id: 'test.language' }, version: '1.0.0' }],
    translations: { vscode: translation },
  };
  await mkdir(userDataDir, { recursive: true });
  await writeFile(translation, JSON.stringify({ contents: {} }));
  await writeFile(join(userDataDir, 'languagepacks.json'), JSON.stringify({ [locale]: pack }));
}

/** Starts an editor and resolves once it answers. Rejects with the end of its output if it dies before. */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  const { folder, log } = options;
  const { node, entry } = await ensureEditor();
  const { userDataDir, extensionsDir } = foldersOf(options);
  await mkdir(extensionsDir, { recursive: true });
  await writeSettings(userDataDir, options.settings);
  const config = join(folder, 'config.yaml');
  await writeFile(config, '{}\n');

  // A taken port's owner would answer in the editor's place.
  const port = await freePort(options.port);
  const args = [entry, '--config', config, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none'];
  args.push('--user-data-dir', userDataDir, '--extensions-dir', extensionsDir, '--ignore-last-opened');
  args.push('--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-proxy');
  args.push('--disable-getting-started-override');
  if (options.locale !== undefined) {
    args.push('--locale', options.locale);
    await writeLanguagePack(userDataDir, options.locale);
  }
  if (options.smokeTestDriver) args.push('--vscode-option', 'enable-smoke-test-driver');

  const child = spawn(node, args, {
    cwd: folder,
    env: environment(folder, options.env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail = new Tail();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      tail.add(chunk);
      log?.(chunk.toString());
    });
  }
  const killAtExit = () => killGroup(child, 'SIGKILL');
  process.once('exit', killAtExit);
  const stop = async () => {
    await stopGroup(child);
    process.off('exit', killAtExit);
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilHealthy(url, child, tail);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, port, stop };
}

/** Installs a packed extension for the editor that is started next on the same folders. */
export async function installExtension(
  vsix: string,
  options: Pick<EditorOptions, 'folder' | 'extensionsDir' | 'userDataDir' | 'env'>,
): Promise<void> {
  const { folder } = options;
  const { node, serverMain } = await ensureEditor();
  const { userDataDir, extensionsDir } = foldersOf(options);
  await mkdir(folder, { recursive: true });
  const folders = ['--extensions-dir', extensionsDir, '--user-data-dir', userDataDir];
  folders.push('--server-data-dir', join(folder, 'server'));
  await run(node, [serverMain, '--install-extension', vsix, ...folders, '--accept-server-license-terms', '--force'], {
    cwd: folder,
    env: environment(folder, options.env),
    seconds: 120,
  });
}

function foldersOf(options: Pick<EditorOptions, 'folder' | 'extensionsDir' | 'userDataDir'>) {
  return {
    userDataDir: options.userDataDir ?? join(options.folder, 'data'),
    extensionsDir: options.extensionsDir ?? join(options.folder, 'extensions'),
  };
}

/** This process's environment without what an editor or a test runner around it left there. */
function environment(folder: string, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('VSCODE_') && name !== 'NODE_OPTIONS' && name !== 'NODE_V8_COVERAGE',
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'xdg-config'),
    XDG_DATA_HOME: join(folder, 'xdg-data'),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    ...extra,
  };
}

async function writeSettings(userDataDir: string, settings?: Record<string, unknown>): Promise<void> {
  for (const scope of ['User', 'Machine']) {
    const path = join(userDataDir, scope, 'settings.json');
    if (settings === undefined && existsSync(path)) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify({ ...QUIET, ...settings }, undefined, 2));
  }
}

async function untilHealthy(url: string, child: ChildProcess, tail: Tail): Promise<void> {
  let failed: Error | undefined;
  child.once('error', (error) => {
    failed = error;
  });
  const deadline = Date.now() + START_SECONDS * 1000;
  while (Date.now() < deadline) {
    if (failed !== undefined) throw new Error(`The editor could not be started: ${failed.message}`);
    if (!isAlive(child)) throw new Error(`The editor ended with ${child.exitCode ?? child.signalCode}: ${tail}`);
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error(`The editor did not answer within ${START_SECONDS} s: ${tail}`);
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** The editor and its children, the extension host among them, get the time to end by themselves. */
async function stopGroup(child: ChildProcess): Promise<void> {
  killGroup(child, 'SIGTERM');
  const deadline = Date.now() + STOP_SECONDS * 1000;
  while (killGroup(child, 0) && Date.now() < deadline) await delay(50);
  killGroup(child, 'SIGKILL');
}

/** Whether any process of the group was there to get the signal. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch {
    return false;
  }
}
