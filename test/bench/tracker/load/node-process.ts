import { collectGarbage } from '../../collect-garbage.js';
import type { NodeAsked, NodeOptions, NodeTold } from './node.js';

/** The process of a node, as the packages have it: started by `BenchNode`. */

const { startTracker } = await import('@shoal/tracker');
const { limits, ...place } = JSON.parse(process.argv[2] ?? '{}') as NodeOptions;
const tracker = await startTracker({ listen: '127.0.0.1:0', ...place, limits });
const tell = (message: NodeTold) => process.send?.(message);

process.on('disconnect', () => process.exit(1)); // the bench was killed
process.on('message', (asked: NodeAsked) => {
  if (asked === 'stop') {
    void tracker.close().then(() => process.exit(0)); // an exit writes the profile, if one is taken
    return;
  }
  void collectGarbage().then(() => tell({ ...process.memoryUsage(), kind: 'memory' }));
});
tell({ kind: 'listening', url: tracker.url });
