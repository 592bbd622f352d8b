/** Sets the version of all packages, and where they depend on one another: `npm run set-version -- 1.2.3`. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const PACKAGES = ['.', 'sdk', 'tracker', 'extension', 'test'];
const root = new URL('../', import.meta.url);
const [version = ''] = process.argv.slice(2);

if (!/^\d+\.\d+\.\d+$/.test(version)) {
  throw new Error(
    `"${version}" is not a version: give three numbers, as in 1.2.3. The editor's registries take no other form.`,
  );
}
for (const folder of PACKAGES) {
  const path = new URL(`${folder}/package.json`, root);
  const text = readFileSync(path, 'utf8');
  const old = JSON.parse(text).version;
  const changed = text
    .replace(`"version": "${old}"`, `"version": "${version}"`)
    .replaceAll(/("@shoal\/\w+": )"[^"]+"/g, `$1"${version}"`);
  writeFileSync(path, changed);
}
execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
});
