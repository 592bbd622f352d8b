import type { DownloadPriority } from '@shoal/sdk';
import type { App } from '../../app.js';
import { askChoice, askText } from '../../editor/ask.js';
import { KIB, readRate } from '../../model/downloads/rates.js';
import { nameOf } from '../../model/downloads/transfers.js';
import type { TreeNode } from '../../model/tree/tree-nodes.js';
import type { TransferNode } from '../../views/transfers-view.js';
import { t } from '../../words/index.js';
import { ACTIVE, chooseDownloads } from './transfer-commands.js';

type Node = TransferNode | TreeNode;

/** Sets or removes the rate limit of downloads, also of running ones. */
export async function limitDownload(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const chosen = await chooseDownloads(app, [...ACTIVE, 'paused'], node, selected);
  const [first] = chosen;
  if (!first) return;
  const answer = await askText({
    title: t('Limit the Speed of {0}', chosen.length === 1 ? nameOf(first) : t('{0} downloads', chosen.length)),
    prompt: t('KiB per second, 0 for no limit'),
    value: String(Math.round((first.limitBytesPerSecond ?? 0) / KIB)),
    check: (value) => (value === '' || readRate(value) !== undefined ? undefined : t('Enter a whole number, or 0.')),
  });
  const limitBytesPerSecond = typeof answer === 'string' ? readRate(answer) : undefined;
  if (limitBytesPerSecond === undefined) return;
  await Promise.all(chosen.map(({ id }) => app.client.tune(id, { limitBytesPerSecond })));
}

/** Sets the priority of downloads. */
export async function setPriority(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const chosen = await chooseDownloads(app, [...ACTIVE, 'paused'], node, selected);
  const [first] = chosen;
  if (!first) return;
  const choice = (value: DownloadPriority, label: string) => ({
    ...{ label, value, description: value === first.priority ? t('unchanged') : '' },
  });
  const choices = [choice('high', t('High')), choice('normal', t('Normal')), choice('low', t('Low'))];
  const priority = await askChoice({ title: t('Priority'), placeholder: t('Starts first and is faster') }, choices);
  if (priority === undefined || typeof priority === 'symbol') return;
  await Promise.all(chosen.map(({ id }) => app.client.tune(id, { priority })));
}

/** Moves queued downloads to the front of their priority. */
export async function downloadNext(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const chosen = await chooseDownloads(app, ['queued'], node, selected);
  // in reverse order, so that the first one ends in front
  for (const { id } of chosen.reverse()) await app.client.tune(id, { position: 0 });
}
