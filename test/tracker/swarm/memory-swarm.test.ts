import { MemorySwarm } from '../../../tracker/swarm/memory-swarm.js';
import { describeSwarm } from './swarm-conformance.js';

describeSwarm('memory', async () => new MemorySwarm(1000));
