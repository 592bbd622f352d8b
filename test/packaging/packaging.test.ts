import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTracker } from '../../tracker/index.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** Runs npm: by its script where npm runs us, as Windows starts no `npm.cmd` without a shell. */
function npm(cwd: string, ...args: string[]): Promise<{ stdout: string }> {
  const script = process.env.npm_execpath;
  return script ? run(process.execPath, [script, ...args], { cwd }) : run('npm', args, { cwd });
}

const CONSUMER = `
import { ShoalClient, ShoalError, type Download, type ShoalClientOptions } from '@shoal/sdk';
import { decodeManifest } from '@shoal/sdk/protocol';
import { startTracker, type Tracker } from '@shoal/tracker';
const options: ShoalClientOptions = { tracker: 'wss://127.0.0.1:1', dataDir: '.' };
const client = new ShoalClient(options);
client.on('joinRequested', ({ groupId, userId }) => console.log(groupId.length, userId.length));
export const download = (): Download => client.downloadFile('a', 'b', 'c');
export const tracker = (): Promise<Tracker> => startTracker({ dataDir: '.' });
export const wrong = new ShoalError('NOT_A_MEMBER', 'no');
export { decodeManifest };
// @ts-expect-error a code that there is not
new ShoalError('NO_SUCH_CODE', 'no');
`;

describe('the packages, installed from their tarballs in an empty folder', function () {
  this.timeout(240_000);

  let folder: string;
  const tarballs: string[] = [];
  const packed = new Map<string, string[]>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-packaging-'));
    for (const name of ['sdk', 'tracker']) {
      const { stdout } = await npm(join(ROOT, name), 'pack', '--json', '--pack-destination', folder);
      const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
      tarballs.push(join(folder, filename));
      packed.set(
        name,
        files.map((file) => file.path),
      );
    }
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const node = (...args: string[]) => run(process.execPath, args, { cwd: folder });

  it('hold what is needed, and nothing else', () => {
    for (const [name, files] of packed) {
      for (const needed of ['package.json', 'README.md', 'LICENSE', 'dist/esm/index.js', 'dist/cjs/index.js']) {
        assert.ok(files.includes(needed), `${name} lacks ${needed}`);
      }
      for (const file of files) {
        assert.match(file, /^(?:package\.json|README\.md|LICENSE|bin\/[\w-]+\.js|dist\/.+\.(?:js|cjs|d\.ts|json))$/);
      }
    }
  });

  it('work from an ESM script and from a CommonJS one', async () => {
    const use = 'console.log(typeof ShoalClient, typeof startTracker, new ShoalError("CLOSED", "x").code)';
    await writeFile(
      join(folder, 'a.mjs'),
      `import { ShoalClient, ShoalError } from '@shoal/sdk'; import { startTracker } from '@shoal/tracker'; ${use}`,
    );
    await writeFile(
      join(folder, 'a.cjs'),
      `const { ShoalClient, ShoalError } = require('@shoal/sdk'); const { startTracker } = require('@shoal/tracker'); ${use}`,
    );
    for (const script of ['a.mjs', 'a.cjs']) {
      const { stdout, stderr } = await node(script);
      assert.equal(stdout, 'function function CLOSED\n');
      assert.equal(stderr, '');
    }
  });

  it('have one ShoalError to instanceof and to ShoalError.from, across packages, subpaths and formats', async () => {
    await writeFile(
      join(folder, 'errors.mjs'),
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const makers = [];
      const thrown = [];
      for (const path of ['@shoal/sdk', '@shoal/sdk/protocol'])
        for (const { ShoalError } of [await import(path), require(path)]) makers.push(ShoalError);
      for (const { startTracker } of [await import('@shoal/tracker'), require('@shoal/tracker')])
        await startTracker({ dataDir: './none', listen: 'nowhere' }).catch((error) => thrown.push(error));
      for (const { ShoalClient } of [await import('@shoal/sdk'), require('@shoal/sdk')])
        await new ShoalClient({ tracker: 'wss://127.0.0.1:1', dataDir: '.' }).listGroups().catch((error) => thrown.push(error));
      for (const { lockFolder } of [await import('@shoal/sdk/disk'), require('@shoal/sdk/disk')])
        await lockFolder('./package.json/in').catch((error) => thrown.push(error));
      for (const ShoalError of makers) thrown.push(new ShoalError('CLOSED', 'x'));
      const strangers = [new Error('x'), { code: 'CLOSED' }, Object.assign(new Error('x'), { code: 'CLOSED' })];
      for (const ShoalError of makers) {
        for (const error of thrown) if (!(error instanceof ShoalError) || ShoalError.from(error) !== error) throw error;
        for (const error of strangers) if (error instanceof ShoalError) throw error;
      }
      console.log(new Set(makers).size > 1, thrown.map(({ code }) => code).join(' '));`,
    );
    const { stdout } = await node('errors.mjs');
    assert.match(stdout, /^true (\w+ ){9}CLOSED\n$/);
  });

  it('start a tracker and a client from CommonJS, workers and all', async () => {
    await writeFile(
      join(folder, 'b.cjs'),
      `const { hashFile, ShoalClient } = require('@shoal/sdk'); const { startTracker } = require('@shoal/tracker');
      (async () => {
        const tracker = await startTracker({ dataDir: './t' });
        const client = new ShoalClient({ tracker: tracker.url, dataDir: './c', listen: '127.0.0.1:0' });
        await client.connect();
        await client.createUser('a', 'b');
        console.log((await client.login('a', 'b')).userId, (await hashFile('b.cjs')).pieceCount);
        await client.close();
        await tracker.close();
      })();`,
    );
    const { stdout } = await node('b.cjs');
    assert.equal(stdout, 'a 1\n');
  });

  for (const [resolution, module, file] of [
    ['node16', 'node16', 'consumer.mts'],
    ['node16', 'node16', 'consumer.cts'],
    ['bundler', 'esnext', 'consumer.ts'],
  ] as const) {
    it(`have types for TypeScript (${file}, moduleResolution ${resolution})`, async () => {
      await writeFile(join(folder, file), CONSUMER);
      const strictly = '--noEmit --strict --skipLibCheck --target es2022 --lib es2023,esnext.disposable --types node';
      const resolving = [
        '--typeRoots',
        join(ROOT, 'node_modules/@types'),
        '--module',
        module,
        '--moduleResolution',
        resolution,
      ];
      await node(TSC, ...strictly.split(' '), ...resolving, file);
    });
  }

  it('bring the two programs', async () => {
    for (const name of ['shoal', 'shoal-tracker']) {
      const { stdout } = await run(join(folder, 'node_modules', '.bin', name), ['--version'], {
        shell: process.platform === 'win32',
      });
      assert.equal(stdout.trim(), VERSION);
    }
  });

  it('bring them to the whole computer, without a clone and without a registry that has them', async () => {
    const prefix = join(folder, 'global');
    await npm(
      folder,
      'install',
      '--global',
      '--prefix',
      prefix,
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      ...tarballs,
    );
    const bin = process.platform === 'win32' ? prefix : join(prefix, 'bin');
    for (const name of ['shoal', 'shoal-tracker']) {
      const { stdout } = await run(join(bin, name), ['--version'], { shell: process.platform === 'win32' });
      assert.equal(stdout.trim(), VERSION);
    }
  });

  it("make the script in the SDK's README do what it says", async () => {
    const readme = await readFile(join(folder, 'node_modules/@shoal/sdk/README.md'), 'utf8');
    const script = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    assert.ok(script.trim().split('\n').length <= 25);
    await writeFile(join(folder, 'readme.mjs'), script);
    await writeFile(join(folder, 'shared.txt'), 'hello, group\n');
    await using tracker = await startTracker({ dataDir: join(folder, 'readme-tracker') });
    const out = await mkdtemp(join(folder, 'readme-'));
    const { stdout } = await node('readme.mjs', tracker.url, out, join(folder, 'shared.txt'));
    assert.equal(stdout, `${join(out, 'shared.txt')} has SHA-1 b2188e81cf4784f4adb408a82b6ca11586340f78\n`);
    assert.equal(await readFile(join(out, 'shared.txt'), 'utf8'), 'hello, group\n');
  });
});
