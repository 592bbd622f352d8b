/** The swarm of a tracker with many nodes. */

export { parseSwarmUrls } from './cluster/swarm-url.js';
export { openRedisSwarm } from './open-redis-swarm.js';
