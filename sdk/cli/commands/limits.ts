import { type DownloadPriority, MIN_BYTES_PER_SECOND, ShoalError } from '../../index.js';
import { parseSpeed } from '../../program/index.js';
import type { AnyDownload, PeerClient } from '../client.js';
import { defineCommand } from '../command.js';
import { allDownloads, nameOf } from '../texts/download-text.js';
import { formatSpeed } from '../texts/format.js';
import { DOWNLOAD, GROUP, LIMIT, LIMIT_VALUE, PRIORITY, RATE } from './arguments.js';
import { findDownload, isUnfinished } from './find-download.js';

/** Limits for all transfers together. */
export const LIMITS = ['download', 'upload', 'at_once'] as const;
export const PRIORITIES: readonly DownloadPriority[] = ['high', 'normal', 'low'];

type LimitName = (typeof LIMITS)[number];

export const LIMIT_COMMANDS = [
  defineCommand({
    name: 'show_limits',
    args: [],
    summary: 'show the limits of downloads and uploads',
    run: (_words, { client }) => ({ line: describeLimits(client.limits) }),
  }),
  defineCommand({
    name: 'set_limit',
    args: [LIMIT, LIMIT_VALUE],
    summary:
      'limit the speed of all downloads or uploads (2M, 500K), or downloads at_once (3), until you exit; 0 removes the limit',
    run({ limit, value }, { client }) {
      const name = limitNamed(limit);
      if (name === 'download') client.setLimits({ downloadBytesPerSecond: parseRate(value) });
      else if (name === 'upload') client.setLimits({ uploadBytesPerSecond: parseRate(value) });
      else client.setLimits({ downloadsAtOnce: parseCount(value) });
      return { line: describeLimits(client.limits) };
    },
  }),
  defineCommand({
    name: 'limit_download',
    args: [GROUP, DOWNLOAD, RATE],
    summary: 'limit the speed of one download (2M, 500K: bytes per second); 0 removes the limit',
    async run({ group_id, filename, rate }, { client }) {
      const download = findUnfinished(client, group_id, filename);
      await download.setLimit(parseRate(rate));
      const { limitBytesPerSecond } = download;
      return {
        line: `download of ${nameOf(download)} from ${download.groupId}: ${describeRate(limitBytesPerSecond)}`,
      };
    },
  }),
  defineCommand({
    name: 'set_priority',
    args: [GROUP, DOWNLOAD, PRIORITY],
    summary: 'set the priority of a download: high, normal or low',
    async run({ group_id, filename, priority }, { client }) {
      const wanted = PRIORITIES.find((one) => one === priority.toLowerCase());
      if (!wanted) throw new ShoalError('USAGE', `There is no priority ${priority}: write high, normal or low.`);
      const download = findUnfinished(client, group_id, filename);
      await download.setPriority(wanted);
      return { line: `download of ${nameOf(download)} from ${download.groupId} has ${wanted} priority` };
    },
  }),
];

function findUnfinished(client: PeerClient, groupId: string, name: string): AnyDownload {
  return findDownload(allDownloads(client), groupId, name, isUnfinished, 'unfinished');
}

function limitNamed(text: string): LimitName {
  const name = LIMITS.find((one) => one === text.toLowerCase());
  if (name) return name;
  throw new ShoalError('USAGE', `There is no limit ${text}: write download, upload or at_once.`);
}

function describeLimits(limits: PeerClient['limits']): string {
  const { downloadBytesPerSecond, uploadBytesPerSecond, downloadsAtOnce } = limits;
  const atOnce = downloadsAtOnce === undefined ? 'any number' : downloadsAtOnce;
  return [
    `downloads: ${describeRate(downloadBytesPerSecond)}, ${atOnce} at once`,
    `uploads: ${describeRate(uploadBytesPerSecond)}`,
  ].join('; ');
}

function describeRate(bytesPerSecond: number | undefined): string {
  if (bytesPerSecond === undefined) return 'no limit';
  return bytesPerSecond < 10_000 ? `${bytesPerSecond} bytes/s at most` : `${formatSpeed(bytesPerSecond)} at most`;
}

/**
 * `500000`, `500K`, `1.5M`, `2MB/s`: bytes per second with decimal prefixes, as speeds are shown. 0 or `none` is no
 * limit.
 */
export function parseRate(text: string): number {
  if (/^none$/i.test(text)) return 0;
  const rate = parseSpeed(text);
  if (rate !== undefined && (rate === 0 || rate >= MIN_BYTES_PER_SECOND)) return rate;
  if (rate !== undefined) {
    const least = `write at least ${MIN_BYTES_PER_SECOND} bytes per second, for example 500K or 2M`;
    throw new ShoalError('USAGE', `${text} is too slow for a limit: ${least}, or 0 for no limit.`);
  }
  throw new ShoalError(
    'USAGE',
    `${text} is not a speed: write bytes per second, for example 500K or 2M, or 0 for no limit.`,
  );
}

function parseCount(text: string): number {
  if (/^none$/i.test(text)) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ShoalError('USAGE', `${text} is not a number of downloads: write a whole number, or 0 for no limit.`);
}
