import type { Context } from 'mocha';
import { ensurePrograms } from '../../support/system-programs.js';
import { whyNoNamespaces } from './namespaces.js';

/**
 * Leaves the tests of a suite out, and says why, where no routers can be made in network namespaces.
 * @param tested what they test, for that message
 */
export async function needRouters(context: Context, tested: string): Promise<void> {
  const why = await whyNoNamespaces();
  if (why !== undefined) {
    process.stderr.write(`The tests of ${tested} are left out: ${why}\n`);
    context.skip(); // the reason was printed
  }
  await ensurePrograms(`The tests of ${tested}`, [{ names: ['nft'], debian: 'nftables' }]);
}
