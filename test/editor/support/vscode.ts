import { rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format, parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { type Editor, startEditor } from './server.js';

/**
 * Runs a test suite inside the extension host, taking the command line that @vscode/test-electron gives to a desktop
 * VS Code. Exits with what the suite says. SHOAL_TEST_LIMIT is the time it has, in seconds.
 */
async function main(): Promise<number> {
  const seconds = Number(process.env.SHOAL_TEST_LIMIT || 300);
  const folder = await mkdtemp(join(tmpdir(), 'shoal-vscode-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

  const asked = await parseCommandLine(process.argv.slice(2));
  const editor = await startEditor({ ...asked.folders, folder, smokeTestDriver: true });
  const browser = await launchBrowser(join(folder, 'profile'));
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    return await runSuite(page, addressOf(editor, asked), seconds);
  } finally {
    await browser.close();
    await editor.stop();
  }
}

interface Asked {
  extensions: string[];
  suite: string;
  workspace: string | undefined;
  folders: { userDataDir?: string; extensionsDir?: string };
}

async function parseCommandLine(args: string[]): Promise<Asked> {
  const { values, positionals } = parseArgs({
    args,
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: 'string', multiple: true },
      extensionTestsPath: { type: 'string' },
      'user-data-dir': { type: 'string' },
      'extensions-dir': { type: 'string' },
    },
  });
  const one = (name: keyof typeof values) => {
    const value = values[name];
    return typeof value === 'string' ? resolve(value) : undefined;
  };
  const suite = one('extensionTestsPath');
  const extensions = values.extensionDevelopmentPath;
  if (suite === undefined || !Array.isArray(extensions)) {
    throw new Error('Both --extensionDevelopmentPath and --extensionTestsPath have to be given.');
  }
  const userDataDir = one('user-data-dir');
  const extensionsDir = one('extensions-dir');
  const workspace = positionals[0];
  return {
    extensions: extensions.map((path) => resolve(String(path))),
    suite: (await stat(suite)).isDirectory() ? join(suite, 'index.js') : suite,
    workspace: workspace === undefined ? undefined : resolve(workspace),
    folders: { ...(userDataDir && { userDataDir }), ...(extensionsDir && { extensionsDir }) },
  };
}

/** The page on which the editor opens the workspace and runs the suite. */
function addressOf(editor: Editor, asked: Asked): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${editor.port}${path}`;
  const payload = [
    ...asked.extensions.map((path) => ['extensionDevelopmentPath', remote(path)]),
    ['extensionTestsPath', remote(asked.suite)],
    ['skipWelcome', 'true'],
  ];
  const query = new URLSearchParams({ payload: JSON.stringify(payload) });
  if (asked.workspace === undefined) query.set('ew', 'true');
  else query.set(asked.workspace.endsWith('.code-workspace') ? 'workspace' : 'folder', asked.workspace);
  return `${editor.url}/?${query}`;
}

/** What the editor tells of its own start, on the same way as the suite's output. */
const WORKBENCH =
  /^(Resolv(ing|ed) connection token|Creating a socket|(Ignoring|Updating|Fetching).* additional builtin|\[(reconnection|Service Worker|AgentHost|AccountPolicy))/;

/** The suite's exit code, told by the editor through two functions that it looks for on its page. */
function runSuite(page: Page, url: string, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (message: string) => () => reject(new Error(message));
    page.once('crash', fail("The editor's page crashed."));
    page.once('close', fail("The editor's page was closed."));
    setTimeout(fail(`The suite did not end within ${seconds} s (SHOAL_TEST_LIMIT).`), seconds * 1000);
    const log = (_level: string, parts: unknown[]) => {
      const line = format(...parts);
      if (!WORKBENCH.test(line)) process.stdout.write(`${line}\n`);
    };
    page
      .exposeFunction('codeAutomationLog', log)
      .then(() => page.exposeFunction('codeAutomationExit', (code: number) => resolve(code)))
      .then(() => page.goto(url))
      .catch(reject);
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();
