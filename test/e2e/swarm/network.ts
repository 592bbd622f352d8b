import { execFileSync } from 'node:child_process';
import * as z from 'zod';
import { run } from '../../support/run.js';
import { PREPARE } from './namespaces.js';

/** The burst of a link and the maximum queueing delay of a packet: about those of a small switch. */
const BURST = '32kb';
const LATENCY = '50ms';
const MOST_HOSTS = 250;

const LINK_COUNTS = z.array(z.object({ kind: z.string(), bytes: z.number() })).min(1);

/** A host at one end of a link, in its own network namespace. */
export interface Host {
  readonly name: string;
  readonly address: string;
  /** The command prefix that runs a program on the host. */
  readonly within: readonly string[];
}

/**
 * Hosts connected by a bridge. Each link has the same rate in both directions, shaped at the sending side (`tbf`). It must be created
 * inside new namespaces, which remove it when they end.
 */
export class Network {
  readonly #megabits: number;
  #hosts = 0;

  private constructor(megabits: number) {
    this.#megabits = megabits;
  }

  static async open(megabits: number): Promise<Network> {
    for (const command of [...PREPARE, 'ip link add switch type bridge', 'ip link set switch up'])
      await runLine(command);
    return new Network(megabits);
  }

  async host(name: string): Promise<Host> {
    const number = ++this.#hosts;
    if (number > MOST_HOSTS) throw new RangeError(`a network has ${MOST_HOSTS} hosts at most`);
    const port = `port${number}`;
    const address = `10.77.0.${number}`;
    const host = { name, address, within: ['nsenter', `--net=/run/netns/${name}`] };
    await runLine(`ip netns add ${name}`);
    await runLine(`ip link add ${port} type veth peer name eth0 netns ${name}`);
    await runLine(`ip link set ${port} master switch up`);
    const shape = `root tbf rate ${this.#megabits}mbit burst ${BURST} latency ${LATENCY}`;
    await runLine(`tc qdisc add dev ${port} ${shape}`);
    for (const command of [
      `tc qdisc add dev eth0 ${shape}`,
      `ip address add ${address}/24 dev eth0`,
      'ip link set lo up',
      'ip link set eth0 up',
    ]) {
      await runLine([...host.within, command].join(' '));
    }
    return host;
  }

  /** Bytes that a host has sent over its link, including all headers from Ethernet up. */
  sentBytes({ within: [command = '', ...rest] }: Host): number {
    const told = execFileSync(command, [...rest, 'tc', '-s', '-j', 'qdisc', 'show', 'dev', 'eth0'], {
      encoding: 'utf8',
    });
    return LINK_COUNTS.parse(JSON.parse(told)).reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** Runs a command whose arguments have no spaces. */
export async function runLine(line: string): Promise<void> {
  const [command = '', ...args] = line.split(' ');
  await run(command, args, { seconds: 20 });
}
