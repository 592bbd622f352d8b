/** What the build does to the SDK's library, so that an application's bundler can take it from its place. */
import { builtinModules, createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const WS = dirname(createRequire(import.meta.url).resolve('ws/package.json'));

/**
 * `ws` within the library: it is CommonJS, whose `require` of Node's own modules a bundler that makes ES modules cannot keep. Native
 * modules that it would use where they are installed are not used.
 */
export const WEB_SOCKET = {
  name: 'web-socket',
  setup(build) {
    build.onResolve({ filter: /^ws$/ }, () => ({ path: join(WS, 'wrapper.mjs') }));
    build.onResolve({ filter: /^\.\/lib\// }, ({ path, importer }) =>
      importer === join(WS, 'wrapper.mjs') ? { path: join(WS, path), sideEffects: false } : undefined,
    );
    build.onResolve({ filter: /^(bufferutil|utf-8-validate)$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `throw new Error('${path} is not used');`,
    }));
  },
};

/** Node's own modules, where CommonJS within an ES module asks for them. */
export const BUILT_IN = {
  name: 'built-in',
  setup(build) {
    const names = new Set(builtinModules);
    build.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, '');
      return kind === 'require-call' && names.has(name) ? { path: `node:${name}`, namespace: 'built-in' } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
  },
};

/**
 * Workers within a bundle.
 * @param texts their programs by their names
 * @param fileBytes how long their files are, where it has some
 */
export function embedding(texts, fileBytes = {}) {
  const parameters = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const packed = Object.entries(texts).map(([name, text]) => [
    name,
    brotliCompressSync(text, { params: parameters }).toString('base64'),
  ]);
  const contents = `export const EMBEDDED = ${JSON.stringify({ texts: Object.fromEntries(packed), fileBytes })};`;
  return {
    name: 'embedded-workers',
    setup(build) {
      build.onLoad({ filter: /[/\\]embedded-workers\.ts$/ }, () => ({ contents }));
    },
  };
}
