import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { platform } = process;
const OS = platform === 'win32' ? 'windows' : platform;
const ARCH = process.arch === 'arm64' ? 'aarch64' : process.arch;
const EXECUTABLE = platform === 'win32' ? 'bin/bun.exe' : 'bin/bun';

/** A runtime whose TLS is BoringSSL, as that of a desktop editor is; Node's is OpenSSL. */
export function bunRuntime(): string {
  const { resolve } = createRequire(import.meta.url);
  for (const name of [`@oven/bun-${OS}-${ARCH}`, `@oven/bun-${OS}-${ARCH}-musl`]) {
    try {
      return join(dirname(resolve(`${name}/package.json`)), EXECUTABLE);
    } catch {
      // Not this one.
    }
  }
  throw new Error('The tests need Bun, which npm installs: run `npm install` without leaving out optional packages.');
}
