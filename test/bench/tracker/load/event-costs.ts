import { setTimeout as sleep } from 'node:timers/promises';
import { contentId, fileName, type Groups } from './fill.js';
import { openLoop } from './loops.js';
import type { Member } from './members.js';
import { type CpuSeconds, cpuBetween, cpuNow, type Role } from './processes.js';
import type { TrackerScene } from './scene.js';

/** What an event costs, beyond the request that causes it. */
export interface EventCost {
  readonly listeners: number;
  /** Microseconds of CPU of its node for each client that hears it. */
  readonly deliveredUs: number;
  /** Microseconds of CPU of another node for each event that reaches it, without deliveries. */
  readonly passedOnUs: number;
  /** Microseconds of CPU of Redis for each event, its publication included. */
  readonly redisUs: number;
  /** Bytes of its message, without TLS and TCP. */
  readonly bytes: number;
}

/** Of one group, who watch its only file. */
export const LISTENERS: Groups = { prefix: 'listening', from: 0, to: 1, members: 401, files: 1, users: 401 };

/** Fewer than a client hears before events share a message. */
const PER_SECOND = 15;
/** Without listeners, there may be more. */
const ALONE_PER_SECOND = 500;
const FILE = 0;

interface Measured {
  readonly sent: number;
  readonly cpu: CpuSeconds;
  /** Of the nodes at which the announcing device is not. */
  readonly elsewhere: number;
}

/**
 * One member announces again and again: first nobody watches, and then all others of the group do. The difference is what the event costs.
 */
export async function eventCost(scene: TrackerScene, members: readonly Member[], seconds: number): Promise<EventCost> {
  const [announcer, ...others] = members;
  if (!announcer) throw new Error('nobody is online');
  const { groupId, groups, group } = announcer;
  const manifestId = contentId(groups, group, FILE);
  let complete = true;
  const announce = () => {
    complete = !complete;
    return announcer.client.ask('announce', { items: [{ groupId, manifestId, complete }] });
  };
  const measure = async (perSecond: number): Promise<Measured> => {
    const pids = scene.nodes.slice(1).map(({ pid }) => pid);
    const before = { all: scene.cpu, elsewhere: cpuNow(pids).node };
    if (perSecond > 0) await openLoop(perSecond, seconds, announce);
    else await sleep(seconds * 1000);
    return {
      sent: perSecond * seconds,
      cpu: cpuBetween(before.all, scene.cpu),
      elsewhere: cpuNow(pids).node - before.elsewhere,
    };
  };

  const idle = await measure(0);
  const alone = await measure(ALONE_PER_SECOND);
  for (const { client } of others) await client.ask('findSources', { groupId, fileName: fileName(FILE) });
  const heard = { events: 0, bytes: 0 };
  for (const { client } of others)
    client.onEvent = (text) => {
      heard.events++;
      heard.bytes += text.length;
    };
  const told = await measure(PER_SECOND);
  await sleep(500);
  for (const { client } of others) {
    client.onEvent = () => {};
    await client.ask('unwatch', { groupId, manifestId });
  }
  const perEvent = (role: Role) => ((alone.cpu[role] - idle.cpu[role]) * 1e6) / alone.sent;
  const otherNodes = Math.max(1, scene.nodes.length - 1);
  return {
    listeners: others.length,
    deliveredUs: ((told.cpu.node - idle.cpu.node) * 1e6 - perEvent('node') * told.sent) / heard.events,
    passedOnUs: ((alone.elsewhere - idle.elsewhere) * 1e6) / alone.sent / otherNodes,
    redisUs: perEvent('redis'),
    bytes: heard.bytes / heard.events,
  };
}
