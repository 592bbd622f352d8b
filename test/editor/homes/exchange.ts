import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNamespaces } from '../../e2e/swarm/namespaces.js';
import { ensureChromium, ensureEditor } from '../support/install.js';
import { EXCHANGE, type Exchange, type ExchangeOptions } from './messages.js';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

/**
 * Two people in two homes, each behind a router of its own, make a group, follow an invitation and exchange a file, with real editors or
 * terminal clients. Nothing of it remains when this settles, but for pictures of what they saw.
 * @throws Error if a step fails, or the file does not come whole
 */
export async function exchangeBetweenHomes(options: ExchangeOptions): Promise<Exchange> {
  if ([options.owner, options.member].some(({ program }) => program === 'editor'))
    await Promise.all([ensureEditor(), ensureChromium()]); // the homes lead to no registry
  const folder = await mkdtemp(join(tmpdir(), 'shoal-homes-'));
  const answers: Exchange[] = [];
  try {
    const env = { TMPDIR: folder }; // killed programs leave their folders there
    const onMessage = (message: unknown) => void answers.push(EXCHANGE.parse(message));
    await runInNamespaces(INSIDE, [JSON.stringify(options)], onMessage, { env });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  const [exchange] = answers;
  if (!exchange) throw new Error('The exchange ended without a word.');
  return exchange;
}
