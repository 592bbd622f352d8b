import { type Bench, startNamed } from './named-benches.js';

/** `npm run bench`: runs each benchmark by name. */

const BENCHES: Readonly<Record<string, Bench>> = {
  loopback: {
    says: 'one file from one source or more over loopback: speed, CPU and memory of real processes (what runs without a name)',
    needs: 'build',
    start: () => import('./loopback.js'),
  },
  floor: {
    says: 'what Node itself takes for a transfer: TLS, digests and the disk, with nothing besides',
    start: () => import('./floor.js'),
  },
  start: {
    says: "how soon things begin: a download's first bytes, a small file from one to another; and the caller's event loop meanwhile",
    needs: 'build',
    start: () => import('./start.js'),
  },
  ways: {
    says: 'what each way to a source costs: dialled, called back, relayed',
    needs: 'build',
    start: () => import('./ways.js'),
  },
  append: {
    says: 'a new version with appended bytes, for a device that has the old one: time, and what it fetches',
    needs: 'build',
    start: () => import('./append.js'),
  },
  folder: {
    says: 'a folder of many small files, shared and fetched: files a second',
    needs: 'build',
    start: () => import('./folder.js'),
  },
  hashing: {
    says: 'hashing for sharing beside sha1sum: one large file, and several at once',
    needs: 'build',
    start: () => import('./hashing.js'),
  },
  library: {
    says: "what a share costs the device's library, by how many there are",
    start: () => import('./library.js'),
  },
  shares: {
    says: 'many shares at once, by how many: shared, stopped, restored at a sign-in, left with their group, lost',
    needs: 'build',
    start: () => import('./shares.js'),
  },
  limits: {
    says: 'how well rate limits are kept, downloads and uploads',
    needs: 'build',
    start: () => import('./limits.js'),
  },
  reach: {
    says: 'members behind routers of all kinds: the way by which they connect, and how soon',
    needs: 'build',
    start: () => import('./reach.js'),
  },
  homes: {
    says: 'two people at real editors behind two home routers, from the invitation to a gigabyte; leaves pictures',
    needs: 'package',
    start: () => import('./homes.js'),
  },
  moves: {
    says: 'clients whose network changes while they transfer a file: how soon they go on',
    needs: 'build',
    start: () => import('./moves.js'),
  },
  swarm: {
    says: 'real processes on shaped links in network namespaces: times the least time that any swarm could take',
    needs: 'build',
    start: () => import('./swarm.js'),
  },
  sim: {
    says: 'the same in simulated time, to 500 peers, honest and hostile: what policies do (also npm run sim)',
    start: () => import('../sim/main.js'),
  },
  picking: {
    says: 'what deciding what to ask of whom costs: CPU for each piece, by sources and pieces; draws the picture',
    start: () => import('./picking.js'),
  },
  kill: {
    says: 'a downloader and trackers killed again and again (kill -9): whether anything is lost, and what comes twice',
    needs: 'build',
    start: () => import('./kill.js'),
  },
  tracker: {
    says: 'trackers of several nodes: nodes and servers killed under load (names of its own: tracker --help)',
    start: () => import('./tracker/main.js'),
  },
  'slow-loris': {
    says: "what idle connections cost a seeder: its memory, and an honest peer's speed beside them",
    needs: 'build',
    start: () => import('./slow-loris.js'),
  },
  relay: {
    says: "what relayed bytes cost the tracker: its relay's CPU and memory, by the number of connections",
    start: () => import('./relay.js'),
  },
  fuzz: {
    says: 'a million hostile inputs for every decoder: crashes, hangs, memory (also npm run fuzz)',
    needs: 'build',
    start: () => import('../fuzz/main.js'),
  },
  editor: {
    says: "the packed extension in a real editor: its event loop's delay, its start, its panel",
    needs: 'package',
    start: () => import('./editor.js'),
  },
};

await startNamed({
  command: 'npm run bench --',
  says: 'Builds what is measured, measures it, and prints the figures; those of docs/benchmarks.md name their commands.',
  benches: BENCHES,
  usual: 'loopback',
});
