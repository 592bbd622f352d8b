import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { platform } = process;
const OS = platform === 'win32' ? 'windows' : platform;
const ARCH = process.arch === 'arm64' ? 'aarch64' : process.arch;

/** A runtime whose TLS is BoringSSL, as that of a desktop editor is; Node's is OpenSSL. */
export function bunRuntime(): string {
  // Where install scripts may run, Bun's has taken the program out of the platform's package into its own.
  const places = [
    ...[`@oven/bun-${OS}-${ARCH}`, `@oven/bun-${OS}-${ARCH}-musl`].map((name) => inPackage(name, 'bin/bun')),
    inPackage('bun', 'bin/bun.exe'),
  ];
  const found = places.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new Error('The tests need Bun, which npm installs: run `npm install` without leaving out optional packages.');
}

function inPackage(name: string, path: string): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
  } catch {
    return undefined; // it is for another system
  }
}
