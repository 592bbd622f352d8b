import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { platform } = process;
const OS = platform === 'win32' ? 'windows' : platform;
const ARCH = process.arch === 'arm64' ? 'aarch64' : process.arch;

/** A runtime that uses BoringSSL, like a desktop editor. Node uses OpenSSL. */
export function bunRuntime(): string {
  // If install scripts run, Bun's script moves the program from the platform package into its own package.
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
    return undefined; // the package is for another system
  }
}
