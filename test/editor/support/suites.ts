import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { ShoalClient } from '../../../sdk/index.js';
import { startTracker } from '../../../tracker/index.js';
import { endDaemons, filesUnder, randomFile } from './stage.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BUILT = join(ROOT, 'test/editor/dist');

/** The program that takes VS Code's command line and runs it in the server's editor. */
export const SERVER_EDITOR = join(ROOT, 'test/editor/support/vscode.sh');

const GROUP = 'cinema';

/** Texts that must be nowhere on the disk, and the files in which they were found. */
export type Leaks = readonly string[];

/**
 * Runs suites inside the extension host of a real editor, beside a tracker and somebody who shares a film.
 * @param suites paths below `test/`, without the ending `.suite.ts`
 * @param vscodeExecutablePath undefined: the desktop's VS Code, which is fetched
 * @returns where the session's token or the password was found: nowhere, it is to be hoped
 */
export async function runSuites(
  suites: readonly string[],
  { vscodeExecutablePath, filmBytes = 24 << 20 }: { vscodeExecutablePath?: string; filmBytes?: number },
): Promise<Leaks> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-suite-'));
  const userData = join(folder, 'user-data');
  const inEditor = join(folder, 'in-editor');
  await mkdir(inEditor);
  await buildSuites(suites);
  const tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(folder, 'tracker') });
  const bob = new ShoalClient({ tracker: tracker.url, dataDir: join(folder, 'bob'), listen: '127.0.0.1:0' });
  try {
    await bob.connect();
    await bob.createUser('bob', 'secret-bob');
    await bob.login('bob', 'secret-bob');
    await bob.createGroup(GROUP);
    randomFile(join(folder, 'film.bin'), filmBytes);
    await bob.shareFile(join(folder, 'film.bin'), GROUP);
    bob.on('joinRequested', ({ groupId, userId }) => void bob.acceptRequest(groupId, userId));
    await runTests({
      ...(vscodeExecutablePath !== undefined && { vscodeExecutablePath }),
      extensionDevelopmentPath: join(ROOT, 'extension'),
      extensionTestsPath: join(BUILT, 'index.js'),
      extensionTestsEnv: {
        SHOAL_SUITES: suites.map((suite) => basename(suite)).join(','),
        SHOAL_SUITE_TRACKER: tracker.url,
        SHOAL_SUITE_FOLDER: inEditor,
      },
      launchArgs: [
        folder,
        '--disable-workspace-trust',
        `--user-data-dir=${userData}`,
        `--extensions-dir=${join(folder, 'extensions')}`,
      ],
    });
    return findLeaks(userData, join(inEditor, 'token'));
  } finally {
    endDaemons(join(userData, 'User/globalStorage/shoal.shoal'));
    await bob.close();
    await tracker.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function buildSuites(suites: readonly string[]): Promise<void> {
  await build({
    entryPoints: Object.fromEntries([
      ['index', join(ROOT, 'test/editor/suite/index.ts')],
      ...suites.map((suite) => [`${basename(suite)}.suite`, join(ROOT, 'test', `${suite}.suite.ts`)]),
    ]) as Record<string, string>,
    ...{ outdir: BUILT, bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
    external: ['vscode', 'mocha'],
  });
  writeFileSync(join(BUILT, 'package.json'), '{ "type": "commonjs" }\n');
}

function findLeaks(folder: string, tokenPath: string): Leaks {
  if (!existsSync(tokenPath)) return []; // nobody signed in to see
  const secrets = ['secret-erin-in-the-suite', readFileSync(tokenPath, 'utf8')];
  return filesUnder(folder).filter((path) => {
    const text = readFileSync(path, 'latin1');
    return secrets.some((secret) => text.includes(secret));
  });
}
