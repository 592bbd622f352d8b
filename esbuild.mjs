/**
 * Builds everything: `node esbuild.mjs`. Each package gets its library as ESM and CommonJS with declarations, its worker
 * threads and programs as self-contained files.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'));
const root = fileURLToPath(new URL('.', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** CommonJS has no `import.meta.url`: files that ask for it get their own. */
const FILE_URL = {
  define: { 'import.meta.url': 'fileUrl' },
  banner: { js: "const fileUrl = require('node:url').pathToFileURL(__filename).href;" },
};

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

function esm(entryPoints, outdir) {
  return build(
    versioned({
      ...common,
      entryPoints,
      outdir,
      format: 'esm',
      packages: 'external',
      splitting: true,
      chunkNames: 'chunk-[hash]',
    }),
  );
}

/** Packages stay outside, but for those that only speak ESM. */
function cjs(entryPoints, outdir, external) {
  return build(versioned({ ...common, ...FILE_URL, entryPoints, outdir, format: 'cjs', external }));
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

async function library(packageName, entryPoints, external) {
  const dist = `${root}${packageName}/dist`;
  await rm(dist, { recursive: true, force: true });
  await Promise.all([esm(entryPoints, `${dist}/esm`), cjs(entryPoints, `${dist}/cjs`, external)]);
  declarations(packageName);
  await cp(`${dist}/esm`, `${dist}/cjs`, { recursive: true, filter: (path) => !path.endsWith('.js') });
  await mkdir(`${dist}/cjs`, { recursive: true });
  await writeFile(`${dist}/cjs/package.json`, '{ "type": "commonjs" }\n');
  await cp(`${root}LICENSE`, `${root}${packageName}/LICENSE`);
}

const inSdk = {
  index: 'sdk/index.ts',
  protocol: 'sdk/protocol/index.ts',
  identity: 'sdk/identity/index.ts',
  disk: 'sdk/disk/index.ts',
};

await library('sdk', inSdk, ['@peculiar/x509', 'eventemitter3', 'json-rpc-2.0', 'reflect-metadata', 'ws', 'zod']);
await Promise.all([
  program('sdk/engine/transfer-worker.ts', 'sdk/dist/workers/transfer-worker.cjs'),
  program('sdk/engine/check-worker.ts', 'sdk/dist/workers/check-worker.cjs'),
  program('sdk/engine/hash-worker.ts', 'sdk/dist/workers/hash-worker.cjs'),
  program('sdk/cli/shoal.ts', 'sdk/dist/cli/shoal.cjs'),
]);

await library('tracker', { index: 'tracker/index.ts' }, [
  '@shoal/sdk/*',
  'hash-wasm',
  'json-rpc-2.0',
  'kysely',
  'libsql',
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
      outfile: 'tracker/dist/program/main.js',
      format: 'esm',
      packages: 'external',
    }),
  ),
]);

/** The extension's programs are all that is installed: everything is in them, and no map of the sources beside them. */
const dist = 'extension/dist';
const small = { minify: true, keepNames: false };
await rm(`${root}${dist}`, { recursive: true, force: true });
await Promise.all([
  program('extension/extension.ts', `${dist}/extension.cjs`, { ...small, external: ['vscode'] }),
  program('extension/agent/main.ts', `${dist}/programs/agent.cjs`, small),
  program('extension/host/main.ts', `${dist}/programs/tracker.cjs`, { ...small, external: ['libsql'] }),
  program('extension/agent/secret-worker.ts', `${dist}/workers/secret-worker.cjs`, small),
  program('extension/uninstall/main.ts', `${dist}/programs/uninstall.cjs`, small),
  program('sdk/engine/transfer-worker.ts', `${dist}/workers/transfer-worker.cjs`, small),
  program('sdk/engine/check-worker.ts', `${dist}/workers/check-worker.cjs`, small),
  program('sdk/engine/hash-worker.ts', `${dist}/workers/hash-worker.cjs`, small),
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
