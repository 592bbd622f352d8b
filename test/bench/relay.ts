import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encodePreamble } from '../../sdk/protocol/index.js';
import { Relay } from '../../tracker/reach/relay.js';
import { DEFAULT_LIMITS } from '../../tracker/server/budgets/limits.js';
import { putFrontBefore } from '../../tracker/server/front.js';

/** Measures what relayed bytes cost the relay, which is a process of its own here, without TLS: it never decrypts. */

const HELP = `npm run bench -- relay [--sessions N] [--size MIB]
Passes MIB (2048) in all through N (1) relayed connections at once, as fast as they go, and prints the relay's CPU and memory.
`;

interface Tokens {
  readonly requester: string;
  readonly source: string;
}

/** What the relay's process says. */
interface Started {
  readonly port: number;
  readonly tokens: readonly Tokens[];
}

interface Cost {
  readonly cpuSeconds: number;
  readonly residentMib: number;
}

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1' },
    size: { type: 'string', default: '2048' },
    help: { type: 'boolean', default: false },
    serve: { type: 'boolean', default: false },
  },
});
const sessions = Number(values.sessions);

if (values.help) process.stdout.write(HELP);
else if (values.serve) serve();
else await bench(Number(values.size));

async function bench(sizeMib: number): Promise<void> {
  const relay = fork(fileURLToPath(import.meta.url), ['--serve', '--sessions', values.sessions]);
  try {
    const [{ port, tokens }] = (await once(relay, 'message')) as [Started];
    const begunMs = performance.now();
    await Promise.all(tokens.map((one) => pass(port, one, (sizeMib * 2 ** 20) / sessions)));
    const seconds = (performance.now() - begunMs) / 1000;
    relay.send('cost');
    const [{ cpuSeconds, residentMib }] = (await once(relay, 'message')) as [Cost];
    process.stdout.write(
      `${sessions} connections, ${sizeMib} MiB: ${((cpuSeconds * 1024) / sizeMib).toFixed(2)} CPU-seconds a GiB in the relay, ` +
        `${(sizeMib / seconds).toFixed(0)} MiB/s, ${residentMib.toFixed(0)} MiB resident\n`,
    );
  } finally {
    relay.kill();
  }
}

/** Sends some bytes from one end of a relayed connection to the other. */
async function pass(port: number, tokens: Tokens, bytes: number): Promise<void> {
  const [requester, source] = await Promise.all([dial(port, tokens, 'requester'), dial(port, tokens, 'source')]);
  const received = once(requester.resume(), 'end');
  const chunk = Buffer.alloc(65_536);
  for (let left = bytes; left > 0; left -= chunk.length) if (!source.write(chunk)) await once(source, 'drain');
  source.end();
  await received;
}

async function dial(port: number, tokens: Tokens, side: keyof Tokens): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(encodePreamble({ kind: 'relay', token: tokens[side], side }));
  return socket;
}

/** The relay's process. */
function serve(): void {
  const plenty = {
    relayBytesPerSecond: 1e12,
    relayBytesPerSecondPerSession: 1e12,
    relaySessions: sessions,
    meetingMs: 60_000,
  };
  const relay = new Relay({
    limits: { ...DEFAULT_LIMITS, ...plenty, relayBytesPerSession: 1e15, relayBytesPerUserAndDay: 1e15 },
    ...{ now: () => performance.now(), today: Date.now, onBytes: () => {}, onSettled: () => {} },
  });
  const server = createServer();
  putFrontBefore(server, { enter: () => {}, take: (socket, preamble) => relay.take(socket, preamble) });
  server.listen(0, '127.0.0.1', () => {
    const tokens = Array.from({ length: sessions }, (_, index) => {
      const device = (end: string) => ({ deviceId: `${end} ${index}`, userId: 'a user' });
      return relay.reserve(device('requester'), device('source')).tokens;
    });
    process.send?.({ port: (server.address() as AddressInfo).port, tokens } satisfies Started);
  });
  const before = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before);
    process.send?.({
      cpuSeconds: (user + system) / 1e6,
      residentMib: process.memoryUsage().rss / 2 ** 20,
    } satisfies Cost);
  });
}
