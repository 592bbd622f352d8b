import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { embedding } from '../../esbuild-plugins.mjs';
import { startTracker } from '../../tracker/index.js';

const run = promisify(execFile);
const CONTENT = Buffer.alloc(3_000_000, 'shoal');
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An application: someone shares a file, and someone else downloads it. */
const APPLICATION = `
import { ShoalClient } from '@shoal/sdk';

async function main() {
  const [tracker, folder, file] = process.argv.slice(2);
  const make = async (name) => {
    const client = new ShoalClient({ tracker, dataDir: folder + '/' + name, listen: '127.0.0.1:0' });
    await client.connect();
    await client.createUser(name, 'password of ' + name);
    await client.login(name, 'password of ' + name);
    return client;
  };
  const [alice, bob] = [await make('alice'), await make('bob')];
  await alice.createGroup('lab');
  await bob.joinGroup('lab');
  await alice.acceptRequest('lab', 'bob');
  const { fileName } = await alice.shareFile(file, 'lab');
  const { path, fileDigest } = await bob.downloadFile('lab', fileName, folder).done;
  console.log(path, fileDigest);
  await Promise.all([alice.close(), bob.close()]);
}

main();
`;

describe('an application that is bundled, and has nothing beside it', function () {
  this.timeout(240_000);

  const outputs: Record<string, (source: string, out: string) => Promise<unknown>> = {
    'esbuild, CommonJS': (source, out) => bundle(source, join(out, 'app.cjs'), 'cjs'),
    'esbuild, ES modules': (source, out) => bundle(source, join(out, 'app.mjs'), 'esm'),
    webpack: (source, out) => pack(source, out),
    'Vite, for a server': (source, out) =>
      vite({
        ...{ root: join(source, '..'), configFile: false, logLevel: 'silent', ssr: { noExternal: true } },
        build: { ssr: source, outDir: out, rollupOptions: { output: { entryFileNames: 'app.mjs' } } },
      }),
  };
  const programs: Record<string, string> = {};
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-bundling-'));
    const project = join(folder, 'project');
    await installSdk(project);
    const source = join(project, 'app.mjs');
    await writeFile(source, APPLICATION);
    for (const [index, [name, build]] of Object.entries(outputs).entries()) {
      const out = join(folder, `out-${index}`);
      await build(source, out);
      programs[name] = join(out, name.includes('CommonJS') || name === 'webpack' ? 'app.cjs' : 'app.mjs');
    }
    await rm(project, { recursive: true });
    await writeFile(join(folder, 'shared.bin'), CONTENT);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const name of Object.keys(outputs)) {
    it(`shares and downloads (${name})`, async () => {
      await using tracker = await startTracker({
        listen: '127.0.0.1:0',
        dataDir: await mkdtemp(join(folder, 'tracker-')),
      });
      const there = await mkdtemp(join(folder, 'peers-'));
      const args = [programs[name] ?? '', tracker.url, there, join(folder, 'shared.bin')];
      const { stdout, stderr } = await run(process.execPath, args, { cwd: there });
      const path = join(there, 'shared.bin');
      assert.deepEqual([stdout, stderr], [`${path} ${createHash('sha1').update(CONTENT).digest('hex')}\n`, '']);
      assert.ok((await readFile(path)).equals(CONTENT));
    });
  }
});

describe('a hash worker that is carried as a text', () => {
  it('runs as a thread and as a process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shoal-embedded-'));
    try {
      const common = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' } as const;
      const worker = await esbuild({
        ...common,
        entryPoints: [join(ROOT, 'sdk/engine/hashing/hash-worker.ts')],
        write: false,
      });
      const contents = `
        import { processPort, threadPort } from ${JSON.stringify(join(ROOT, 'sdk/engine/workers/worker-port.ts'))};
        for (const port of [threadPort('hash-worker'), processPort('hash-worker')]) {
          port.onMessage((answer) => {
            console.log(answer.type, answer.stamp.sizeBytes);
            void port.end();
          });
          port.post({ id: 1, type: 'stamp', path: process.argv[2] });
        }`;
      const outfile = join(folder, 'app.cjs');
      const text = worker.outputFiles[0]?.text ?? '';
      await esbuild({
        ...{ ...common, outfile, plugins: [embedding({ 'hash-worker': text })] },
        stdin: { contents, resolveDir: folder, loader: 'ts' },
        logOverride: { 'empty-import-meta': 'silent' },
      });
      await writeFile(join(folder, 'file'), 'twelve bytes');
      const { stdout } = await run(process.execPath, [outfile, join(folder, 'file')]);
      assert.equal(stdout, 'stamped 12\nstamped 12\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Puts the SDK into a project as npm would. */
async function installSdk(project: string): Promise<void> {
  const modules = join(project, 'node_modules');
  const sdk = join(ROOT, 'sdk');
  const installed = join(modules, '@shoal/sdk');
  await mkdir(installed, { recursive: true });
  for (const name of ['package.json', 'dist']) await cp(join(sdk, name), join(installed, name), { recursive: true });
  const { dependencies } = JSON.parse(await readFile(join(sdk, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const { resolve } = createRequire(join(sdk, 'package.json'));
  for (const name of Object.keys(dependencies)) {
    const at = resolve.paths(name)?.find((path) => existsSync(join(path, name))) ?? '';
    await mkdir(join(modules, name, '..'), { recursive: true });
    await symlink(join(at, name), join(modules, name));
  }
}

function bundle(source: string, outfile: string, format: 'cjs' | 'esm'): Promise<unknown> {
  return esbuild({
    entryPoints: [source],
    outfile,
    format,
    bundle: true,
    platform: 'node',
    minify: true,
    logLevel: 'error',
  });
}

function pack(source: string, path: string): Promise<void> {
  const compiler = webpack({
    ...{ mode: 'production', target: 'node', entry: source, output: { path, filename: 'app.cjs' } },
    optimization: { minimize: false },
  });
  return new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error ?? stats?.hasErrors() ?? true) reject(error ?? new Error(stats?.toString('errors-only')));
      else if (stats?.hasWarnings()) reject(new Error(stats.toString('errors-warnings')));
      else compiler.close(() => resolve());
    });
  });
}
