import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../../support/run.js';
import type { Groups } from './load/fill.js';
import { LightSocket } from './load/light-socket.js';
import { closedLoop, type Loop } from './load/loops.js';
import { announceAll } from './load/members.js';
import { BenchProcess, type NodeTold } from './load/node.js';
import { OPERATIONS } from './load/operations.js';
import { cpuBetween, cpuNow } from './load/processes.js';
import { ALONE, TrackerScene } from './load/scene.js';
import { table } from './load/table.js';

/** Measures a tracker of BitTorrent in the same run as a node of this one: what an answer to an announcement takes. */

const VERSION = '11.2.3';

const HELP = `npm run bench -- tracker rivals [--seconds N] [--clients N] [--json]
Installs bittorrent-tracker ${VERSION} from the npm registry in a temporary folder, without its optional native modules. N clients (60)
each announce again and again for N seconds (5): at bittorrent-tracker with TLS and without, and at a node of this tracker with SQLite and
memory, where they announce, and ask for sources. Prints answers a second, and the CPU of the server for each. In bittorrent-tracker,
an answer counts the peers of a torrent and names none: peers hear of one another when they make offers. Here, an announcement is checked in
the database, and told to those who watch; an answer to "findSources" names up to 50 sources.
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Peers of a torrent there, and members of a group here. */
const TOGETHER = 10;

interface Answers {
  readonly what: string;
  readonly perSecond: number;
  readonly cpuUs: number;
}

if (values.help) process.stdout.write(HELP);
else {
  const [clients, seconds] = [Number(values.clients), Number(values.seconds)];
  const all = [...(await rival(clients, seconds)), ...(await own(clients, seconds))];
  const load = loadavg().map((one) => Number(one.toFixed(1)));
  if (values.json) process.stdout.write(`${JSON.stringify({ node: process.version, load, all })}\n`);
  else {
    const rows = all.map(({ what, perSecond, cpuUs }) => [
      ...[what, perSecond.toFixed(0), cpuUs.toFixed(0), (1e6 / cpuUs).toFixed(0)],
    ]);
    const head = ['', 'answers a second', 'CPU µs each', 'a second and core'];
    process.stdout.write(`${table(head, rows)}\nNode ${process.version}; load ${load.join(', ')}\n`);
  }
}

async function rival(clients: number, seconds: number): Promise<Answers[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-rival-'));
  try {
    const install = ['install', `bittorrent-tracker@${VERSION}`, '--no-save', '--ignore-scripts', '--omit=optional'];
    await run('npm', [...install, '--no-audit', '--no-fund', '--prefix', folder], { cwd: folder });
    const module = join(folder, 'node_modules', 'bittorrent-tracker', 'server.js');
    const answers: Answers[] = [];
    for (const isSecure of [true, false]) {
      const what = `bittorrent-tracker ${VERSION}, announce, ${isSecure ? 'with' : 'without'} TLS`;
      answers.push({ what, ...(await announceAtRival(module, isSecure, clients, seconds)) });
    }
    return answers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function announceAtRival(module: string, isSecure: boolean, clients: number, seconds: number) {
  const server = new BenchProcess<NodeTold>('./rival-process.ts', { module, isSecure });
  const peers: { readonly socket: LightSocket; readonly message: string }[] = [];
  try {
    const { hostname, port } = new URL((await server.next('listening')).url);
    for (let client = 0; client < clients; client++) {
      const torrent = `${Math.floor(client / TOGETHER)}`.padStart(20, 't');
      const peer = { info_hash: torrent, peer_id: randomBytes(10).toString('hex') };
      const message = JSON.stringify({ action: 'announce', ...peer, uploaded: 0, downloaded: 0, left: 0, numwant: 50 });
      const socket = await LightSocket.open({ host: hostname, port: Number(port), path: '/', isSecure });
      peers.push({ socket, message });
    }
    const announce = ({ socket, message }: (typeof peers)[number]) =>
      new Promise<void>((resolve, reject) => {
        socket.onText = (text) => (text.includes('"complete"') ? resolve() : reject(new Error(text)));
        socket.send(message);
      });
    return await measured(server.pid, () => closedLoop(peers, seconds, announce));
  } finally {
    for (const { socket } of peers) socket.close();
    await server.stop();
  }
}

async function own(clients: number, seconds: number): Promise<Answers[]> {
  const groups: Groups = { prefix: 'lab', from: 0, to: 100, members: TOGETHER, files: 1, users: 1000 };
  const scene = await TrackerScene.open(ALONE);
  try {
    await scene.fill(groups, clients);
    await scene.startNodes();
    const members = await scene.signIn(groups, 0, clients);
    await announceAll(members);
    const answers: Answers[] = [];
    for (const name of ['announce', 'findSources', 'unwatch'] as const) {
      const costs = await measured(scene.nodes[0]?.pid ?? 0, () => closedLoop(members, seconds, OPERATIONS[name]));
      answers.push({ what: `Shoal, ${name}, with TLS`, ...costs });
    }
    return answers;
  } finally {
    await scene.close();
  }
}

async function measured(pid: number, work: () => Promise<Loop>): Promise<Omit<Answers, 'what'>> {
  const before = cpuNow([pid]);
  const { latencies, seconds } = await work();
  const { node } = cpuBetween(before, cpuNow([pid]));
  return { perSecond: latencies.count / seconds, cpuUs: (node / latencies.count) * 1e6 };
}
