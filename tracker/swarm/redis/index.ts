/** The swarm of a tracker with many nodes. */
export { openRedisSwarm } from './open-redis-swarm.js';
export { parseSwarmUrls } from './cluster/swarm-url.js';
