import { once } from 'node:events';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { eachInLanes } from '../../../../sdk/program/index.js';
import { residentMib } from '../../../e2e/faults/slow-loris.js';
import { localAddress } from './members.js';
import { BenchProcess, type NodeTold } from './node.js';

const AT_ONCE = 32;

export interface Held {
  /** Bytes of each connection: of the process, and of the heap and buffers of JavaScript alone. */
  readonly resident: number;
  readonly heap: number;
}

export function difference(before: Held, after: Held, count: number): Held {
  return { resident: (after.resident - before.resident) / count, heap: (after.heap - before.heap) / count };
}

/** What idle connections take in a server that has TLS and nothing besides. */
export async function bareTlsMemory(count: number): Promise<Held> {
  const server = new BenchProcess<NodeTold>('./bare-tls-process.ts', {});
  const sockets: TLSSocket[] = [];
  try {
    const { port } = new URL((await server.next('listening')).url);
    const measure = async () => {
      const told = server.next('memory');
      server.ask('memory');
      const { heapUsed, external } = await told;
      return { resident: residentMib(server.pid) * 2 ** 20, heap: heapUsed + external };
    };
    const secureContext = createSecureContext();
    const dial = async (index: number) => {
      const where = { host: '127.0.0.1', port: Number(port), localAddress: localAddress(index) };
      const socket = connect({ ...where, secureContext, rejectUnauthorized: false });
      sockets.push(socket);
      await once(socket, 'secureConnect');
      socket.write('hello');
      await once(socket, 'data');
    };
    const numbers = Array.from({ length: count }, (_, index) => index);
    await eachInLanes(AT_ONCE, numbers.slice(0, count / 2), dial); // they take what was free after the start
    const before = await measure();
    await eachInLanes(AT_ONCE, numbers.slice(count / 2), dial);
    return difference(before, await measure(), count / 2);
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.stop();
  }
}
