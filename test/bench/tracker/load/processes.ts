import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel's accounting in a second, on every Linux of today. */
const TICKS = 100;

interface Process {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** Seconds of CPU, those of its ended children included. */
  readonly cpuSeconds: number;
}

/** What each group of processes took, in seconds of CPU. */
export type CpuSeconds = Readonly<Record<Role, number>>;

export type Role = 'node' | 'postgres' | 'redis';

/** The CPU time of nodes, and of the servers that this process started, until now. Linux only. */
export function cpuNow(nodes: readonly number[]): CpuSeconds {
  const all = readAll();
  const below = new Set([process.pid]);
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  const sum = (isMeant: (one: Process) => boolean) =>
    all.filter((one) => below.has(one.pid) && isMeant(one)).reduce((seconds, one) => seconds + one.cpuSeconds, 0);
  return {
    node: sum(({ pid }) => nodes.includes(pid)),
    postgres: sum(({ name }) => name === 'postgres'),
    redis: sum(({ name }) => name === 'redis-server'),
  };
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return {
    node: after.node - before.node,
    postgres: after.postgres - before.postgres,
    redis: after.redis - before.redis,
  };
}

function readAll(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readOne(Number(name)) ?? []);
}

function readOne(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const nameEnd = stat.lastIndexOf(')');
    const fields = stat.slice(nameEnd + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return {
      pid,
      name: stat.slice(stat.indexOf('(') + 1, nameEnd),
      parent: Number(fields[1]),
      cpuSeconds: ticks / TICKS,
    };
  } catch {
    return undefined; // it has ended meanwhile
  }
}
