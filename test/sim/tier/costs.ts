/** What a request costs, in seconds of CPU, and the transactions with which it changes the database. */
export interface RequestCost {
  readonly node: number;
  readonly postgres: number;
  readonly redis: number;
  readonly writes: number;
  /** Bytes on the line between client and node, both ways. */
  readonly bytes: number;
}

export type RequestKind = 'signIn' | 'list' | 'lookup' | 'announce' | 'share' | 'meet';

/** What the parts of a tracker cost. Times are seconds of CPU. */
export interface Costs {
  readonly requests: Readonly<Record<RequestKind, RequestCost>>;
  /** An event at one channel of the cluster: published; and handed to one node. */
  readonly published: { readonly redis: number; readonly redisByNode: number; readonly nodeReceives: number };
  /** An event that a node sends to one client. */
  readonly delivered: { readonly node: number; readonly bytes: number };
  /** An idle client in a second. */
  readonly idle: { readonly node: number; readonly bytes: number };
  readonly memory: { readonly client: number; readonly device: number; readonly content: number };
  /** A relayed byte; both of its ways count as one. */
  readonly relayed: { readonly node: number };
}

/** What one process or server may take. */
export interface Bounds {
  /** Share of a core in the busiest of a hundred seconds. A node and a Redis server use one core each. */
  readonly load: number;
  readonly nodeMemory: number;
  readonly nodeBytesPerSecond: number;
  /** Cores of the largest database server that is easily had. */
  readonly postgresCores: number;
  /** Clients of a dead node come within so many seconds, and are all signed in elsewhere after so many. */
  readonly jitterSeconds: number;
  readonly deathSeconds: number;
}

export const BOUNDS: Bounds = {
  load: 0.6,
  nodeMemory: 4e9,
  nodeBytesPerSecond: 125e6,
  postgresCores: 64,
  jitterSeconds: 5,
  deathSeconds: 30,
};

/**
 * As `npm run bench -- tracker costs` measured them with two nodes on a busy computer, where they are up to twice those of a quiet one
 * (`docs/benchmarks.md`). A sign-in is one with a session. The cost of a relayed byte is that of `npm run bench -- relay`.
 */
export const COSTS: Costs = {
  requests: {
    signIn: { node: 6100e-6, postgres: 1290e-6, redis: 720e-6, writes: 1, bytes: 6000 },
    list: { node: 1130e-6, postgres: 820e-6, redis: 170e-6, writes: 0, bytes: 5900 },
    lookup: { node: 1080e-6, postgres: 750e-6, redis: 155e-6, writes: 0, bytes: 3100 },
    announce: { node: 440e-6, postgres: 330e-6, redis: 140e-6, writes: 0, bytes: 250 },
    share: { node: 6540e-6, postgres: 4080e-6, redis: 1000e-6, writes: 1.5, bytes: 4400 },
    meet: { node: 770e-6, postgres: 600e-6, redis: 110e-6, writes: 0, bytes: 570 },
  },
  published: { redis: 90e-6, redisByNode: 15e-6, nodeReceives: 40e-6 },
  delivered: { node: 30e-6, bytes: 460 },
  idle: { node: 4e-6, bytes: 10 },
  memory: { client: 75_000, device: 870, content: 138 },
  relayed: { node: 1.46 / 2 ** 30 },
};
