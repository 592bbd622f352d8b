import { type GroupSettings, ShoalError } from '../../index.js';
import { count } from '../texts/format.js';
import { numberFrom } from './versioned-name.js';

/** Who may publish new versions of a file. */
export const PUBLISHERS = ['author', 'members'] as const;

/** The options for the settings of a group. */
export const SETTINGS = { publishers: PUBLISHERS.join('|'), 'keep-versions': 'N', 'keep-days': 'N' } as const;

type Given = { readonly [Name in keyof typeof SETTINGS]: string | undefined };

/** The settings that were given as options. @throws ShoalError `USAGE` */
export function settingsFrom(given: Given): GroupSettings {
  const publishers = PUBLISHERS.find((one) => one === given.publishers);
  if (given.publishers !== undefined && !publishers)
    throw new ShoalError('USAGE', `--publishers is author or members, not ${given.publishers}.`);
  const [versions, days] = [given['keep-versions'], given['keep-days']];
  return {
    ...(publishers && { publishers }),
    ...(versions !== undefined && { keepVersions: numberFrom('keep-versions', versions) }),
    ...(days !== undefined && { keepDays: numberFrom('keep-days', days) }),
  };
}

/** The settings of a group, for people. */
export function describeSettings({ publishers = 'author', keepVersions, keepDays }: GroupSettings): string {
  const who =
    publishers === 'members'
      ? 'all members publish versions'
      : "a file's author and the group's owner publish versions";
  const kept = [
    ...(keepVersions === undefined ? [] : [`the newest ${count(keepVersions, 'version')}`]),
    ...(keepDays === undefined ? [] : [`those of ${count(keepDays, 'day')}`]),
  ];
  return kept.length === 0 ? who : `${who}; it keeps ${kept.join(' and ')}`;
}
