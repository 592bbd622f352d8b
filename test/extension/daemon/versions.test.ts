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

  it('is ended if it is older; a newer one replaces it, and the older window continues with that', async () => {
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

  it('serves an older window with the same protocol if it is newer', async () => {
    await lab.window({ tracker: null, version: '2.0.0' }).client.open();
    const { pid } = await lab.endpoint();
    const older = lab.window({ tracker: null, version: '1.0.0' });
    await older.client.open();
    await older.client.settled();
    assert.equal((await lab.endpoint()).pid, pid);
  });

  it('is left alone if its protocol is newer, and the window says what to do', async () => {
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

  it('is ended if its protocol is older, whatever its version', async () => {
    const older = lab.window({ tracker: null, version: '9.0.0' });
    await older.client.open();
    const { pid } = await lab.endpoint();
    older.close();
    const newer = lab.window({ tracker: null, version: '1.0.0', protocol: AGENT_PROTOCOL + 1 });
    // The program is the same and has the same version, so it is ended again and again until the window gives up.
    const opening = newer.link.open().catch(() => undefined);
    await until(() => !isRunning(pid));
    newer.close();
    void opening;
  });

  it('is compared by its numbers', () => {
    assert.ok(compareVersions('1.2.3', '1.10.0') < 0);
    assert.ok(compareVersions('2.0.0', '1.99.99') > 0);
    assert.equal(compareVersions('1.2.3', '1.2.3'), 0);
    assert.equal(compareVersions('1.2', '1.2.0'), 0);
  });
});
