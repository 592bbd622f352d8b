import { formatBytes, type KeptVersions, ShoalError } from '../../index.js';
import { defineCommand } from '../command.js';
import { KEPT_BYTES, KEPT_FILE_BYTES } from './arguments.js';

export const KEPT_COMMANDS = [
  defineCommand({
    name: 'keep_versions',
    args: [KEPT_BYTES, KEPT_FILE_BYTES],
    summary:
      'show or set how much of what you publish is also kept in the data folder (2G), from files of up to a size (32M), until you exit; 0 keeps nothing',
    run({ total, file_size }, { client }) {
      if (total !== undefined)
        client.setKeptVersions({
          maxTotalBytes: parseSize(total),
          ...(file_size !== undefined && { maxFileBytes: parseSize(file_size) }),
        });
      return { line: describe(client.keptVersions) };
    },
  }),
];

function describe({ maxTotalBytes, maxFileBytes }: KeptVersions): string {
  if (maxTotalBytes === 0 || maxFileBytes === 0) return 'published files are not kept in the data folder';
  return `published files of up to ${formatBytes(maxFileBytes)} are kept in the data folder, ${formatBytes(maxTotalBytes)} in all`;
}

const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `2G`, `500M`, `1.5GiB`: bytes with binary prefixes, as sizes are shown. 0 or `none` is nothing. */
export function parseSize(text: string): number {
  if (/^none$/i.test(text)) return 0;
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  const bytes = Math.round(Number(digits) * (FACTORS[unit.toUpperCase()] ?? 1));
  if (digits !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new ShoalError('USAGE', `${text} is not a size: write bytes, for example 500M or 2G, or 0 for nothing.`);
}
