import { startNamed } from '../named-benches.js';

/** `npm run bench -- tracker`: what a tracker bears, and how it fails. */

await startNamed({
  command: 'npm run bench -- tracker',
  says: 'Starts PostgreSQL, a Redis Cluster and nodes of a tracker on loopback, and measures them.',
  benches: {
    kills: {
      says: 'nodes killed (kill -9) under load: until clients are elsewhere and lists right; what stops, what is lost',
      needs: 'build',
      start: () => import('./kills.js'),
    },
    primary: {
      says: 'primaries of the Redis Cluster killed: until lists and events are right at every node; which events are lost',
      needs: 'build',
      start: () => import('./primary.js'),
    },
    standby: {
      says: 'the primary of PostgreSQL lost and its synchronous standby promoted: until writes are back; which answers were wrong',
      needs: 'build',
      start: () => import('./standby.js'),
    },
    costs: {
      says: 'what requests and events cost one, two and three nodes: CPU of nodes, PostgreSQL and Redis, bytes, writes',
      needs: 'build',
      start: () => import('./costs.js'),
    },
    crowd: {
      says: 'ten thousand clients at one node on one core: memory of each, and when requests are answered at which rate',
      needs: 'build',
      start: () => import('./crowd.js'),
    },
    rivals: {
      says: 'what an answer takes a tracker of BitTorrent (installed from the npm registry for this) and this one, in the same run',
      needs: 'build',
      start: () => import('./rivals.js'),
    },
    growth: {
      says: 'the cost of requests by the number of groups, of members of a group, and of devices that have a content',
      needs: 'build',
      start: () => import('./growth.js'),
    },
    tier: {
      says: 'a tracker with many nodes in simulated time, from what its parts cost: the servers for up to 10,000,000 peers, and what breaks first',
      start: () => import('./tier.js'),
    },
    migrate: {
      says: 'a tracker moved from its folder into PostgreSQL, by the number of files: rows a second',
      start: () => import('./migrate.js'),
    },
  },
});
