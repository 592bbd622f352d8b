#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/program/main.js', import.meta.url);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error USAGE: shoal-tracker needs Node 20.19 or later, and this is ${process.versions.node}: install a newer one.\n`,
  );
  process.exitCode = 2;
} else if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write('shoal-tracker is not built yet: run `npm run build` first.\n');
  process.exitCode = 2;
}
