import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../sdk/dist/cjs/program.js', import.meta.url));

describe('the end of a program', () => {
  let folder: string;
  let pipe: string;

  before(function () {
    if (process.platform === 'win32') this.skip(); // nothing there keeps whoever opens it waiting
    folder = mkdtempSync(join(tmpdir(), 'shoal-exit-'));
    pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** How a program ends that does this, and then exits with 3. */
  async function endOf(what: string): Promise<unknown> {
    const text = `const { exit } = require(${JSON.stringify(PROGRAM)});
      const { Worker } = require('node:worker_threads'); const fs = require('node:fs');
      const pipe = ${JSON.stringify(pipe)};
      ${what}`;
    const child = spawn(process.execPath, ['--eval', text], { stdio: 'ignore', timeout: 30_000 });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return code ?? signal;
  }

  it('has its code, with threads that run and without', async () => {
    assert.equal(await endOf('exit(3);'), 3);
    const thread = `new Worker('setInterval(() => {}, 10)', { eval: true }).on('message', () => {})`;
    assert.equal(await endOf(`${thread}.once('online', () => exit(3));`), 3);
  });

  it('comes, though a thread waits for what never answers', async () => {
    const thread = `new Worker('require("node:fs").openSync(' + JSON.stringify(pipe) + ')', { eval: true }).on('message', () => {})`;
    assert.equal(await endOf(`${thread}.once('online', () => setTimeout(exit, 200, 3));`), 'SIGKILL');
  });

  it('comes, though a call in the background waits for what never answers', async () => {
    assert.equal(await endOf('fs.open(pipe, () => {}); setTimeout(exit, 200, 3);'), 'SIGKILL');
  });
});
