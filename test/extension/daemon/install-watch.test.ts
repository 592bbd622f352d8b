import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UNINSTALLED, watchInstall } from '../../../extension/daemon/install-watch.js';
import { AgentLab, isRunning, programAt, until } from '../agent/support.js';

const EVERY_MS = 5;

describe("the watch of a daemon's installation", () => {
  let folder: string;
  let program: string;
  let executable: string;
  let ends: number;
  let stop: () => void;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-install-'));
    for (const name of ['extension', 'editor']) mkdirSync(join(folder, name));
    program = join(folder, 'extension/agent.cjs');
    executable = join(folder, 'editor/Code.exe');
    writeFileSync(program, '');
    writeFileSync(executable, '');
    ends = 0;
  });
  afterEach(() => {
    stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the watch, and waits until it has read the current state. */
  async function begin(platform: NodeJS.Platform): Promise<void> {
    stop = watchInstall({ program, executable, platform }, () => ends++, EVERY_MS);
    await sleep(20 * EVERY_MS);
    assert.equal(ends, 0);
  }

  it('reports the removal of the extension once: by its mark, its program or its folder', async () => {
    for (const act of [
      () => writeFileSync(join(dirname(program), UNINSTALLED), ''),
      () => rmSync(program),
      () => renameSync(dirname(program), join(folder, 'elsewhere')),
    ]) {
      rmSync(join(folder, 'elsewhere'), { recursive: true, force: true });
      mkdirSync(dirname(program), { recursive: true });
      rmSync(join(dirname(program), UNINSTALLED), { force: true });
      writeFileSync(program, '');
      ends = 0;
      await begin('linux');
      act();
      await until(() => ends > 0);
      await sleep(10 * EVERY_MS);
      assert.equal(ends, 1);
      stop();
    }
  });

  it('reports an update of the editor on Windows as soon as something is beside its executable', async () => {
    await begin('win32');
    writeFileSync(join(dirname(executable), 'new_Code.exe'), '');
    utimesSync(dirname(executable), 1, 1); // whatever the resolution of the file system's times
    await until(() => ends > 0);
  });

  it('ignores updates on other systems, where a running program can be replaced', async () => {
    await begin('linux');
    writeFileSync(join(dirname(executable), 'new'), '');
    rmSync(executable);
    await sleep(20 * EVERY_MS);
    assert.equal(ends, 0);
  });
});

describe('an agent that may stay without a window', function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let programs: string;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    programs = join(lab.folder, 'extension/programs');
    for (const name of ['programs', 'workers'])
      cpSync(join(dirname(programAt('agent')), '..', name), join(lab.folder, 'extension', name), { recursive: true });
  });
  afterEach(() => lab.close());

  it('ends in order when the extension is uninstalled, but not before its last window', async () => {
    const options = { keepSharing: true, script: join(programs, 'agent.cjs') };
    const window = await lab.signedInWindow('ann', options);
    const { pid } = await lab.endpoint();
    const hook = spawn(process.execPath, [join(programs, 'uninstall.cjs')], { stdio: 'ignore' });
    const [code] = (await once(hook, 'exit')) as [number];
    assert.deepEqual([code, isRunning(pid)], [0, true]);
    await window.client.createGroup('lab'); // what the window still does is done
    window.close();
    await until(() => !isRunning(pid));
    await assert.rejects(lab.endpoint()); // it ended in order
  });
});
