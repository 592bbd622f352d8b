/**
 * Builds everything: `node esbuild.mjs`. Each package gets its library as ESM and CommonJS with declarations, its worker
 * threads and programs as self-contained files.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUILT_IN, embedding, WEB_SOCKET } from './esbuild-plugins.mjs';

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));
const root = fileURLToPath(new URL('.', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** CommonJS has no `import.meta.url`: files that ask for it get their own. */
const FILE_URL = {
  define: { 'import.meta.url': 'fileUrl' },
  banner: {
    js: "const fileUrl = typeof __filename === 'string' ? require('node:url').pathToFileURL(__filename).href : undefined;",
  },
};

const small = { minify: true, keepNames: false };

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  legalComments: 'none',
  // The SDK's modules do nothing when they are loaded, so what is not used of them is left out. Its built chunks import one another for order alone.
  logOverride: { 'ignored-bare-import': 'silent' },
};

const versioned = (options) => ({ ...options, define: { ...options.define, SHOAL_VERSION: JSON.stringify(version) } });

function esm(entryPoints, outdir, plugins) {
  return build(
    versioned({
      ...common,
      entryPoints,
      outdir,
      format: 'esm',
      packages: 'external',
      plugins: [...plugins, BUILT_IN],
      splitting: true,
      chunkNames: 'chunk-[hash]',
    }),
  );
}

/** Packages stay outside, but for those that only speak ESM. */
function cjs(entryPoints, outdir, external, plugins) {
  return build(versioned({ ...common, ...FILE_URL, entryPoints, outdir, format: 'cjs', external, plugins }));
}

function program(entry, outfile, options = {}) {
  return build(versioned({ ...common, ...FILE_URL, entryPoints: [entry], outfile, format: 'cjs', ...options }));
}

function declarations(packageName) {
  const outDir = `${packageName}/dist/esm`;
  const options = [
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    outDir,
    '--rootDir',
    packageName,
  ];
  execFileSync(process.execPath, [tsc, '-p', `${packageName}/tsconfig.json`, ...options], {
    cwd: root,
    stdio: 'inherit',
  });
}

async function library(packageName, entryPoints, external, plugins = []) {
  const dist = `${root}${packageName}/dist`;
  await Promise.all([esm(entryPoints, `${dist}/esm`, plugins), cjs(entryPoints, `${dist}/cjs`, external, plugins)]);
  declarations(packageName);
  await cp(`${dist}/esm`, `${dist}/cjs`, { recursive: true, filter: (path) => !path.endsWith('.js') });
  await mkdir(`${dist}/cjs`, { recursive: true });
  await writeFile(`${dist}/cjs/package.json`, '{ "type": "commonjs" }\n');
  await cp(`${root}LICENSE`, `${root}${packageName}/LICENSE`);
}

/** The SDK's worker threads: what each is called when it is built, and where it stands. */
const WORKERS = {
  'transfer-worker': 'sdk/engine/transfer-worker.ts',
  'disk-worker': 'sdk/engine/storage/disk-workers/disk-worker.ts',
  'folder-worker': 'sdk/engine/folders/folder-worker.ts',
  'hash-worker': 'sdk/engine/hashing/hash-worker.ts',
};

/** The workers that the library starts, each with those that it starts itself. */
async function embeddedWorkers() {
  const textOf = async (name, plugins = []) => {
    const options = { ...small, plugins, write: false };
    return (await program(WORKERS[name], 'out.cjs', options)).outputFiles[0].text;
  };
  const hash = await textOf('hash-worker');
  const [disk, folder] = [await textOf('disk-worker'), await textOf('folder-worker')];
  const inner = embedding({ 'disk-worker': disk, 'folder-worker': folder, 'hash-worker': hash });
  const transfer = await textOf('transfer-worker', [inner]);
  const names = ['transfer-worker', 'hash-worker'];
  const sizes = names.map(async (name) => [name, (await stat(`${root}sdk/dist/workers/${name}.cjs`)).size]);
  return embedding({ 'transfer-worker': transfer, 'hash-worker': hash }, Object.fromEntries(await Promise.all(sizes)));
}

const inSdk = {
  index: 'sdk/index.ts',
  protocol: 'sdk/protocol/index.ts',
  identity: 'sdk/identity/index.ts',
  disk: 'sdk/disk/index.ts',
  program: 'sdk/program/index.ts',
};

await rm(`${root}sdk/dist`, { recursive: true, force: true });
await Promise.all(Object.entries(WORKERS).map(([name, entry]) => program(entry, `sdk/dist/workers/${name}.cjs`)));
const outside = ['@peculiar/x509', 'eventemitter3', 'json-rpc-2.0', 'reflect-metadata', 'zod'];
await library('sdk', inSdk, outside, [WEB_SOCKET, await embeddedWorkers()]);
await program('sdk/cli/shoal.ts', 'sdk/dist/cli/shoal.cjs');

await rm(`${root}tracker/dist`, { recursive: true, force: true });
await library('tracker', { index: 'tracker/index.ts' }, [
  '@shoal/sdk/*',
  'hash-wasm',
  'ioredis',
  'json-rpc-2.0',
  'kysely',
  'libsql',
  'pg',
  'pino',
  'prom-client',
  'ws',
  'zod',
]);
await Promise.all([
  program('tracker/accounts/password-worker.ts', 'tracker/dist/workers/password-worker.cjs'),
  build(
    versioned({
      ...common,
      entryPoints: ['tracker/main.ts'],
      outdir: 'tracker/dist/program',
      format: 'esm',
      splitting: true, // most trackers load neither --store nor --swarm
      packages: 'external',
    }),
  ),
]);

/** The extension's programs are all that is installed: everything is in them, and no map of the sources beside them. */
const dist = 'extension/dist';
await rm(`${root}${dist}`, { recursive: true, force: true });
await Promise.all([
  program('extension/extension.ts', `${dist}/extension.cjs`, { ...small, external: ['vscode'] }),
  program('extension/agent/main.ts', `${dist}/programs/agent.cjs`, small),
  // Without --store and --swarm.
  program('extension/host/main.ts', `${dist}/programs/tracker.cjs`, {
    ...small,
    external: ['ioredis', 'libsql', 'pg'],
  }),
  program('extension/agent/secret-worker.ts', `${dist}/workers/secret-worker.cjs`, small),
  program('extension/uninstall/main.ts', `${dist}/programs/uninstall.cjs`, small),
  ...Object.entries(WORKERS).map(([name, entry]) => program(entry, `${dist}/workers/${name}.cjs`, small)),
  program('tracker/accounts/password-worker.ts', `${dist}/workers/password-worker.cjs`, small),
  build({
    ...common,
    ...small,
    entryPoints: ['extension/details/webview/main.ts'],
    outfile: `${dist}/details.js`,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  }),
  build({ ...common, ...small, entryPoints: ['extension/details/webview/style.css'], outfile: `${dist}/details.css` }),
]);
await cp(`${root}LICENSE`, `${root}extension/LICENSE`);
