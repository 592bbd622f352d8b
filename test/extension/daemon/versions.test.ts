import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { AGENT_PROTOCOL } from '../../../extension/contract/contract.js';
import { compareVersions } from '../../../extension/daemon/daemon-link.js';
import { AgentLab, hasCode, isRunning, next, until } from '../agent/support.js';

describe('a daemon of another version', () => {
  let lab: AgentLab;

  beforeEach(() => {
    lab = new AgentLab();
  });
  afterEach(() => lab.close());

  it('that is older is ended, a newer takes its place, and the older window goes on with that', async () => {
    const older = lab.window({ tracker: null, version: '1.9.0' });
    await older.client.open();
    const before = await lab.endpoint();
    assert.equal(before.version, '1.9.0');
    const attachedAgain = next(older.client, 'attached');
    const newer = lab.window({ tracker: null, version: '1.10.0' });
    await newer.client.open();
    await attachedAgain;
    const after = await lab.endpoint();
    assert.equal(after.version, '1.10.0');
    assert.notEqual(after.pid, before.pid);
    await until(() => !isRunning(before.pid));
    await Promise.all([older.client.settled(), newer.client.settled()]);
    assert.equal((await lab.endpoint()).pid, after.pid, 'neither ends the other’s');
  });

  it('that is newer serves an older window that speaks the same', async () => {
    await lab.window({ tracker: null, version: '2.0.0' }).client.open();
    const { pid } = await lab.endpoint();
    const older = lab.window({ tracker: null, version: '1.0.0' });
    await older.client.open();
    await older.client.settled();
    assert.equal((await lab.endpoint()).pid, pid);
  });

  it('that speaks a newer protocol is left alone, and the window says what to do', async () => {
    const newer = lab.window({ tracker: null, version: '2.0.0' });
    await newer.client.open();
    const { pid } = await lab.endpoint();
    const path = `${lab.computer('computer')}/agent/endpoint.json`;

    const endpoint = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...endpoint, protocol: AGENT_PROTOCOL + 1 }));
    const older = lab.window({ tracker: null, version: '3.0.0' });
    await assert.rejects(older.client.open(), hasCode('DATA_DIR_NEWER'));
    await newer.client.settled();
    assert.equal((await lab.endpoint()).pid, pid);
  });

  it('that speaks an older protocol is ended, whatever its version', async () => {
    const older = lab.window({ tracker: null, version: '9.0.0' });
    await older.client.open();
    const { pid } = await lab.endpoint();
    older.close();
    const newer = lab.window({ tracker: null, version: '1.0.0', protocol: AGENT_PROTOCOL + 1 });
    // The program is the same, and says so: it is ended again and again, so the window has to let go.
    const opening = newer.link.open().catch(() => undefined);
    await until(() => !isRunning(pid));
    newer.close();
    void opening;
  });

  it('is told by its numbers', () => {
    assert.ok(compareVersions('1.2.3', '1.10.0') < 0);
    assert.ok(compareVersions('2.0.0', '1.99.99') > 0);
    assert.equal(compareVersions('1.2.3', '1.2.3'), 0);
    assert.equal(compareVersions('1.2', '1.2.0'), 0);
  });
});
