import { closedLoop } from './loops.js';
import type { Member } from './members.js';
import type { Operation } from './operations.js';
import type { CpuSeconds, Role } from './processes.js';
import type { TrackerScene } from './scene.js';

/** What one request costs. */
export interface RequestCost {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Microseconds of CPU a request, without what the idle processes take. */
  readonly cpuUs: Readonly<Record<Role, number>>;
  /** Bytes of its messages, those of events that it caused included, without TLS and TCP. */
  readonly bytesFromClient: number;
  readonly bytesToClient: number;
  /** Transactions of PostgreSQL that write, and bytes of its log. */
  readonly writes: number;
  readonly logBytes: number;
}

/** Seconds of CPU in a second, of idle processes. */
export async function idleCpu(scene: TrackerScene, seconds: number): Promise<CpuSeconds> {
  const [, cpu] = await scene.cpuOf(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)));
  return { node: cpu.node / seconds, postgres: cpu.postgres / seconds, redis: cpu.redis / seconds };
}

/** Asks for some seconds, each member one request after the other; and before that for half of the time, so that all code is compiled. */
export async function costOf(
  scene: TrackerScene,
  operation: Operation,
  { members, seconds, idle }: { members: readonly Member[]; seconds: number; idle: CpuSeconds },
): Promise<RequestCost> {
  await closedLoop(members, seconds / 2, operation);
  const before = { log: await logPlace(scene), ...bytesOf(scene) };
  const [loop, cpu] = await scene.cpuOf(() => closedLoop(members, seconds, operation));
  const after = { log: await logPlace(scene), ...bytesOf(scene) };
  const { count } = loop.latencies;
  const us = (role: Role) => ((cpu[role] - idle[role] * loop.seconds) / count) * 1e6;
  return {
    ...{ requests: count, perSecond: count / loop.seconds },
    ...{ p50Ms: loop.latencies.at(0.5), p99Ms: loop.latencies.at(0.99) },
    cpuUs: { node: us('node'), postgres: us('postgres'), redis: us('redis') },
    bytesFromClient: (after.out - before.out) / count,
    bytesToClient: (after.in - before.in) / count,
    writes: (after.log.transactions - before.log.transactions) / count,
    logBytes: (after.log.bytes - before.log.bytes) / count,
  };
}

function bytesOf({ members }: TrackerScene): { in: number; out: number } {
  return members.reduce((sum, { client }) => ({ in: sum.in + client.bytes.in, out: sum.out + client.bytes.out }), {
    in: 0,
    out: 0,
  });
}

/** How far the log of PostgreSQL is, and the transactions that wrote. */
async function logPlace({ database }: TrackerScene): Promise<{ bytes: number; transactions: number }> {
  if (database.kind === 'sqlite') return { bytes: 0, transactions: 0 };
  const { bytes, transactions } = await database.first(
    `SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes, pg_snapshot_xmax(pg_current_snapshot())::text AS transactions`,
  );
  return { bytes: Number(bytes), transactions: Number(transactions) };
}
