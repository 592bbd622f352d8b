import { type Host, runLine } from '../swarm/network.js';
import type { Line } from './internet.js';

/** The queue of a line: what a burst may fill at once, and the longest delay of a packet. */
const BURST_MS = 10;
const LATENCY_MS = 50;

/** Limits the line of a host on an `Internet` to so many Mbit/s in each direction, shaped at the sending side (`tbf`). */
export async function limitLine({ name }: Host, line: Line, megabits: number): Promise<void> {
  const burstBytes = Math.round((megabits * 1e6 * BURST_MS) / 1000 / 8);
  const shape = `root tbf rate ${megabits}mbit burst ${burstBytes} latency ${LATENCY_MS}ms`;
  const [namespace, device] = line === 'open' ? [name, 'eth0'] : [`${name}r`, 'wan'];
  await runLine(`tc -n ${namespace} qdisc add dev ${device} ${shape}`);
  await runLine(`tc qdisc add dev i-${namespace} ${shape}`);
}
