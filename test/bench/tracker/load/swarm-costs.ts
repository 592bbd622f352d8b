import { MemorySwarm } from '../../../../tracker/swarm/memory-swarm.js';
import type { OnlineDevice } from '../../../../tracker/swarm/swarm.js';
import { contentId } from './fill.js';

const TIMES = 500;
const SOURCES = 50;
const HOLDING = { groupId: 'lab', manifestId: contentId({ prefix: 'lab', files: 1 }, 0, 0) };

/** Microseconds of CPU of what answers need of a swarm in memory, for each number of devices that have the content. */
export async function swarmCosts(holders: readonly number[]): Promise<Readonly<Record<string, readonly number[]>>> {
  const costs: Record<string, number[]> = {};
  for (const count of holders) {
    const swarm = new MemorySwarm(10);
    for (let index = 0; index < count; index++) {
      await swarm.connect(deviceAt(index));
      await swarm.announce(`device ${index}`, HOLDING, index % 4 > 0);
    }
    const late = deviceAt(count);
    await swarm.connect(late);
    const works: Record<string, () => Promise<unknown>> = {
      count: () => swarm.count(HOLDING),
      countUsers: () => swarm.countUsers(HOLDING),
      sample: () => swarm.sample(HOLDING, SOURCES, new Set([late.deviceId])),
      'announce, withdraw': async () => {
        await swarm.announce(late.deviceId, HOLDING, true);
        await swarm.withdraw(late.deviceId, HOLDING);
      },
      withdrawUser: () => swarm.withdrawUser(late.userId, HOLDING.groupId),
    };
    for (const [name, work] of Object.entries(works)) {
      for (let time = 0; time < TIMES; time++) await work(); // compiled then
      const before = process.cpuUsage();
      for (let time = 0; time < TIMES; time++) await work();
      const us = costs[name] ?? [];
      costs[name] = us;
      const { user, system } = process.cpuUsage(before);
      us.push((user + system) / TIMES);
    }
  }
  return costs;
}

function deviceAt(index: number): OnlineDevice {
  return {
    ...{ deviceId: `device ${index}`, userId: `user-${index}`, endpoint: null, seen: '192.0.2.1', addresses: [] },
    ...{ reach: undefined, isChecked: true, serves: true, meets: true },
  };
}
