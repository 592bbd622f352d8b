import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TrackerHosting } from '../../../extension/editor/tracker-hosting.js';
import { Lab } from '../../sdk/client/support.js';
import { endDaemon, endpointIn, isRunning, programAt, until } from '../agent/support.js';

const LINGER_MS = 200;

describe('what windows know of the tracker on their computer', function () {
  this.timeout(60_000);
  let lab: Lab;
  let keepers: TrackerHosting[];
  const remembered: boolean[] = [];
  const folder = () => join(lab.folder, 'hosted');
  const control = () => join(folder(), 'control');
  const pid = async () => (await endpointIn(control())).pid;

  beforeEach(() => {
    lab = new Lab();
    keepers = [];
    remembered.length = 0;
  });
  afterEach(async () => {
    for (const keeper of keepers) keeper.close();
    await endDaemon(control());
    await lab.close();
  });

  function window(): TrackerHosting {
    const keeper = new TrackerHosting({
      ...{ folder: folder(), script: programAt('tracker'), version: '1.0.0', lingerMs: LINGER_MS },
      wishes: () => ({ port: 0, keepRunning: false }),
      remember: async (isHosting) => void remembered.push(isHosting),
    });
    keepers.push(keeper);
    return keeper;
  }

  const agree = (isHosting: boolean) =>
    until(() => keepers.every(({ hosted }) => (hosted !== undefined) === isHosting));

  it('is the same in all of them, whichever starts and stops it, repeatedly', async () => {
    const [one, other] = [window(), window()];
    await Promise.all([one.watch(), other.watch()]);
    await agree(false);
    const first = await one.start();
    await agree(true);
    await other.stop();
    await agree(false);
    for (const keeper of [other, one, one]) {
      assert.deepEqual(await keeper.start(), first, 'where it was');
      assert.equal(await keeper.absence(), null, 'its user had ended it');
      await agree(true);
      await keeper.stop();
      await agree(false);
    }
    assert.deepEqual(remembered, [true, false, true, false, true, false, true, false]);
    await until(() => !existsSync(join(control(), 'endpoint.json')));
  });

  it('is shown to a window that opens later, which counts as one of its windows', async () => {
    const one = window();
    await one.start();
    const first = await pid();
    const other = window();
    await other.watch();
    await agree(true);
    one.close();
    keepers.shift();
    const { port } = await other.start();
    assert.equal(await pid(), first, 'the tracker goes on for the window that is left');
    assert.equal(port, other.hosted?.port);
  });

  it('is that it is stopped, even during a restart, and stays so', async () => {
    const one = window();
    await one.start();
    const first = await pid();
    process.kill(first, 'SIGKILL');
    await until(() => !isRunning(first));
    await one.stop();
    assert.equal(one.hosted, undefined);
    const late = window();
    await late.watch();
    assert.equal(late.hosted, undefined);
  });

  it('is since when nobody could reach it, if it had ended with the last window', async () => {
    const before = Date.now();
    const one = window();
    await one.start();
    const first = await pid();
    one.close();
    await until(() => !isRunning(first));
    const later = window();
    await later.start();
    const awaySinceMs = await later.absence();
    assert.ok(awaySinceMs !== null && awaySinceMs >= before && awaySinceMs <= Date.now());
    const beside = window();
    await beside.watch();
    assert.equal(await beside.absence(), awaySinceMs);
    const claims = await Promise.all([later.claimAbsence(), beside.claimAbsence()]);
    assert.deepEqual(claims.sort(), [false, true], 'one window tells of it');
    await later.stop();
    await later.start();
    assert.equal(await later.absence(), null, 'that was another time');
  });
});
