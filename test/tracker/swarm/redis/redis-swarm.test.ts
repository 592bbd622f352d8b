import { sharedRedisCluster } from '../../../support/shared-redis.js';
import { describeSwarm } from '../swarm-conformance.js';
import { openNode } from './redis-nodes.js';

describeSwarm('a Redis Cluster', async () => openNode(await sharedRedisCluster()));
