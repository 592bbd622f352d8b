import assert from 'node:assert/strict';
import { join } from 'node:path';
import { lockFolder } from '@shoal/sdk/disk';
import { ask, DaemonLink } from '../../../extension/daemon/index.js';
import { startDaemon } from '../../../extension/daemon/start-daemon.js';
import { HOST, HOST_PROTOCOL, type HostedTracker } from '../../../extension/host/contract.js';
import { Lab } from '../../sdk/client/support.js';
import { endDaemon, endpointIn, hasCode, isRunning, programAt, until } from '../agent/support.js';

const LINGER_MS = 200;

describe('a hosted tracker', function () {
  this.timeout(60_000);
  let lab: Lab;
  let links: DaemonLink[];

  beforeEach(() => {
    lab = new Lab();
    links = [];
  });
  afterEach(async () => {
    for (const link of links) link.close();
    await endDaemon(control());
    await lab.close();
  });

  const control = () => join(lab.folder, 'hosted/control');
  const pid = async () => (await endpointIn(control())).pid;

  const optionsFor = (more: { keepRunning?: boolean; port?: number } = {}) => ({
    ...{ folder: join(lab.folder, 'hosted'), version: '1.0.0', lingerMs: LINGER_MS },
    ...{ port: 0, keepRunning: false, ...more },
  });

  /** A window that hosts a tracker, or finds the hosted one. */
  async function host(keepRunning = false): Promise<{ link: DaemonLink; hosted: HostedTracker }> {
    const link = new DaemonLink({
      ...{ folder: control(), script: programAt('tracker'), protocol: HOST_PROTOCOL, version: '1.0.0' },
      startOptions: () => optionsFor({ keepRunning }),
    });
    links.push(link);
    return { link, hosted: await ask(await link.open(), HOST, 'describe', {}) };
  }

  it('is one, although two windows start it, and is a tracker', async () => {
    const [one, other] = await Promise.all([host(), host()]);
    assert.deepEqual(one.hosted, other.hosted);
    assert.match(one.hosted.url, new RegExp(`^wss://127\\.0\\.0\\.1:${one.hosted.port}#${one.hosted.fingerprint}$`));
    const ann = lab.client('ann', { tracker: one.hosted.url });
    await ann.connect();
    await ann.createUser('ann', 'secret');
    assert.equal((await ann.login('ann', 'secret')).userId, 'ann');
  });

  it('ends with the last window, and is the same at the same port when it is hosted again', async () => {
    const one = await host();
    const ann = lab.client('ann', { tracker: one.hosted.url });
    await ann.connect();
    await ann.createUser('ann', 'secret');
    const other = await host();
    const first = await pid();
    one.link.close();
    assert.ok(isRunning(first));
    other.link.close();
    await until(() => !isRunning(first));
    const again = await host();
    assert.notEqual(await pid(), first);
    assert.deepEqual(again.hosted, one.hosted);
    const back = lab.client('back', { tracker: again.hosted.url });
    await back.connect();
    await back.login('ann', 'secret');
  });

  it('stays if the user wants that, until it is stopped for every window', async () => {
    const { link } = await host(true);
    const first = await pid();
    link.close();
    const [later, other] = [await host(true), await host(true)];
    assert.equal(await pid(), first);
    const connections = await Promise.all([later.link.open(), other.link.open()]);
    const gone = connections.map((connection) => new Promise<void>((resolve) => connection.onClose(resolve)));
    let downs = 0;
    for (const one of [later.link, other.link]) one.on('down', () => downs++);
    await ask(connections[0], HOST, 'stop', {});
    await Promise.all(gone);
    await until(() => !isRunning(first));
    assert.equal(downs, 0, 'neither window starts it again');
    assert.equal(await other.link.openIfThere(), undefined);
  });

  it('announces its stop even to busy windows', async () => {
    const [one, other] = [await host(true), await host(true)];
    const first = await pid();
    let downs = 0;
    for (const { link } of [one, other]) link.on('down', () => downs++);
    const connection = await one.link.open();
    const stopped = ask(connection, HOST, 'stop', {});
    await connection.sendNotification('written after the question');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500); // neither reads, because they are in this thread
    await stopped;
    await until(() => !isRunning(first));
    assert.equal(downs, 0, 'neither window starts it again');
  });

  it('ends with the last window when the user no longer wants it', async () => {
    const { link } = await host(true);
    const first = await pid();
    await ask(await link.open(), HOST, 'keepRunning', { keepRunning: false });
    link.close();
    await until(() => !isRunning(first));
  });

  it('is started again by its window at the same port after it was killed', async () => {
    const { link, hosted } = await host();
    const again = new Promise((resolve) => link.once('up', resolve));
    process.kill(await pid(), 'SIGKILL');
    await again;
    assert.deepEqual(await ask(await link.open(), HOST, 'describe', {}), hosted);
  });

  it('says why it does not start, and leaves no process then', async () => {
    const taken = await lab.startTracker();
    const start = (port = 0) => startDaemon(programAt('tracker'), optionsFor({ port }));
    await assert.rejects(start(taken.port), hasCode('LISTEN_FAILED'));
    const lock = await lockFolder(control());
    await assert.rejects(start(), hasCode('DATA_DIR_IN_USE'));
    await lock.release();
    const { hosted } = await host();
    assert.notEqual(hosted.port, taken.port);
  });
});
