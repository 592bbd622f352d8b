import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of loopback at which nobody listens: this one if it is free, else an error; without one, any. */
export async function freePort(port = 0): Promise<number> {
  const [free = 0] = await opened([port]);
  return free;
}

/** Ports of loopback that were free a moment ago, all different. */
export function freePorts(count: number): Promise<number[]> {
  return opened(Array.from({ length: count }, () => 0));
}

/** They are taken all at once, so that they differ, and let go. */
async function opened(ports: readonly number[]): Promise<number[]> {
  const servers = ports.map((port) => createServer().listen(port, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const found = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No free port was found.');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return found;
}
