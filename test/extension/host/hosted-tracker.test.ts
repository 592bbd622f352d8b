import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ask, DaemonLink } from '../../../extension/daemon/index.js';
import { HOST, HOST_PROTOCOL, type HostedTracker } from '../../../extension/host/contract.js';
import { endDaemon, endpointIn, isRunning, programAt, until } from '../agent/support.js';
import { Lab } from '../../sdk/client/support.js';

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

  /** A window that hosts, or finds what is hosted. */
  async function host(keepRunning = false): Promise<{ link: DaemonLink; hosted: HostedTracker }> {
    const folder = join(lab.folder, 'hosted');
    const link = new DaemonLink({
      ...{ folder: control(), script: programAt('tracker'), protocol: HOST_PROTOCOL, version: '1.0.0' },
      startOptions: () => ({ folder, version: '1.0.0', port: 0, keepRunning, lingerMs: LINGER_MS }),
    });
    links.push(link);
    return { link, hosted: await ask(await link.open(), HOST, 'describe', {}) };
  }

  it('is one, though two windows start it, and is a tracker', async () => {
    const [one, other] = await Promise.all([host(), host()]);
    assert.deepEqual(one.hosted, other.hosted);
    assert.match(one.hosted.url, new RegExp(`^wss://127\\.0\\.0\\.1:${one.hosted.port}#${one.hosted.fingerprint}$`));
    const ann = lab.client('ann', { tracker: one.hosted.url });
    await ann.connect();
    await ann.createUser('ann', 'secret');
    assert.equal((await ann.login('ann', 'secret')).userId, 'ann');
  });

  it('ends with the last window, and is what and where it was when it is hosted again', async () => {
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

  it('stays when the user wants that, until it is stopped', async () => {
    const { link } = await host(true);
    const first = await pid();
    link.close();
    const later = await host(true);
    assert.equal(await pid(), first);
    const connection = await later.link.open();
    const gone = new Promise<void>((resolve) => connection.onClose(resolve));
    later.link.release();
    await ask(connection, HOST, 'stop', {});
    await gone;
    await until(() => !isRunning(first));
  });
});
