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
  },
});
