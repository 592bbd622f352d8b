import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startDaemon } from '../../../extension/daemon/start-daemon.js';
import { AgentLab, hasCode, isRunning, next, programAt, type TestWindow, until } from '../agent/support.js';

/** Resolves when the daemon of a window ends. */
const down = ({ link }: TestWindow) => new Promise<void>((resolve) => link.once('down', resolve));
const up = ({ link }: TestWindow) => new Promise<void>((resolve) => link.once('up', () => resolve()));

/** Long enough for a window to attach, also on a slow computer. */
const LINGER_MS = 1000;

describe('a daemon', () => {
  let lab: AgentLab;

  beforeEach(() => {
    lab = new AgentLab();
  });
  afterEach(() => lab.close());

  it('is one process, although several windows start it at the same time', async () => {
    const windows = Array.from({ length: 4 }, () => lab.window({ tracker: null }));
    await Promise.all(windows.map(({ client }) => client.open()));
    assert.ok(windows.every(({ client }) => client.isAttached));
    const { pid } = await lab.endpoint();
    process.kill(pid, 'SIGKILL');
    await Promise.all(windows.map(down));
    await Promise.all(windows.map(({ client }) => next(client, 'attached')));
    assert.notEqual((await lab.endpoint()).pid, pid);
  });

  it('is starting from the request until it is there or failed, and not before', async () => {
    const { client } = lab.window({ tracker: null });
    const seen: [boolean, boolean][] = [];
    client.on('statusChanged', () => seen.push([client.isAttaching, client.isAttached]));
    assert.equal(client.isAttaching, false);
    await client.open();
    assert.deepEqual(seen, [
      [true, false],
      [false, true],
    ]);
    const broken = lab.window({ tracker: null, computer: 'broken', script: join(lab.folder, 'no-program.cjs') });
    await assert.rejects(broken.client.open(), hasCode('INTERNAL'));
    assert.equal(broken.client.isAttaching, false);
  });

  it('is accessible only to its owner', async function () {
    if (process.platform === 'win32') this.skip(); // which has no such modes
    await lab.window({ tracker: null }).client.open();
    const { address, pid } = await lab.endpoint();
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    assert.equal(modeOf(join(lab.computer('computer'), 'agent', 'endpoint.json')), 0o600);
    assert.equal(modeOf(join(lab.computer('computer'), 'agent')), 0o700);
    assert.equal(modeOf(dirname(address)), 0o700);
    assert.ok(isRunning(pid) && pid !== process.pid);
  });

  it('is replaced after it was killed', async () => {
    const first = lab.window({ tracker: null });
    await first.client.open();
    const { address } = await lab.endpoint();
    first.close();
    const pid = await lab.crash();
    assert.ok(process.platform === 'win32' || existsSync(address), 'it had no time to tidy up');
    await lab.window({ tracker: null }).client.open();
    const after = await lab.endpoint();
    assert.notEqual(after.pid, pid);
    assert.notEqual(after.address, address);
    if (process.platform !== 'win32') assert.ok(!existsSync(dirname(address)), 'the next one did it');
  });

  it('is started again by its window after its death', async () => {
    const window = lab.window({ tracker: null });
    await window.client.open();
    const attachedAgain = [down(window), up(window), next(window.client, 'attached')];
    const pid = await lab.crash();
    await Promise.all(attachedAgain);
    assert.equal(window.prepared, 2);
    assert.notEqual((await lab.endpoint()).pid, pid);
  });

  it('stays for one window when the other has closed', async () => {
    const options = { tracker: null, lingerMs: LINGER_MS };
    const [first, second] = [lab.window(options), lab.window(options)];
    await first.client.open();
    await second.client.open();
    const { pid } = await lab.endpoint();
    first.close();
    const third = lab.window(options);
    await third.client.open();
    third.close();
    await second.client.settled();
    assert.equal((await lab.endpoint()).pid, pid);
    assert.ok(isRunning(pid));
  });

  it('ends some time after the last window, and leaves nothing', async () => {
    const options = { tracker: null, lingerMs: LINGER_MS };
    const windows = [lab.window(options), lab.window(options)];
    for (const { client } of windows) await client.open();
    const { pid, address } = await lab.endpoint();
    for (const window of windows) window.close();
    await until(() => !isRunning(pid));
    assert.ok(!existsSync(join(lab.computer('computer'), 'agent', 'endpoint.json')));
    assert.ok(!existsSync(join(lab.computer('computer'), 'agent', 'lock')));
    if (process.platform !== 'win32') assert.ok(!existsSync(dirname(address)));
  });

  it('ends some time after its start if no window comes', async () => {
    const folder = lab.computer('computer');
    await startDaemon(programAt('agent'), { folder, version: '1.0.0', lingerMs: 0 });
    await until(() => !existsSync(join(folder, 'agent', 'lock')));
    assert.ok(!existsSync(join(folder, 'agent', 'endpoint.json')));
  });

  it('is not started for a window that only looks', async () => {
    const { link } = lab.window({ tracker: null });
    assert.equal(await link.openIfThere(), undefined);
    assert.ok(!existsSync(lab.computer('computer')));
  });

  it('does not keep a window that closes while it attaches', async () => {
    const window = lab.window({ tracker: null, lingerMs: LINGER_MS });
    await window.client.open();
    const { pid } = await lab.endpoint();
    const other = lab.window({ tracker: null, lingerMs: LINGER_MS });
    const opening = other.link.open().catch(() => undefined);
    other.close();
    await opening;
    window.close();
    await until(() => !isRunning(pid));
  });

  it('is attached to once for simultaneous callers', async () => {
    await lab.window({ tracker: null }).client.open();
    const { link } = lab.window({ tracker: null });
    let ups = 0;
    link.on('up', () => ups++);
    const [one, other] = await Promise.all([link.openIfThere(), link.open()]);
    assert.equal(one, other);
    assert.equal(ups, 1);
  });
});
