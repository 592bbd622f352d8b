import type { Status } from '../../contract/contract.js';
import { formatSpeed, formatTime, t, wordReach } from '../../words/index.js';
import type { Situation } from '../trackers/situation.js';
import { trackerName } from '../trackers/tracker-url.js';

/** A lower rate does not count as movement. */
const MOVING_BYTES_PER_SECOND = 1024;

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
}

function awayText({ problem }: Status): string {
  return problem?.code === 'TRACKER_CHANGED'
    ? t('Another tracker answers at this address; transfers continue.')
    : t('The tracker is unreachable; transfers continue.');
}

/** The status bar item: short, with speeds while data flows. */
export function presentStatus(situation: Situation, status: Status, speeds: { down: number; up: number }): StatusText {
  const moving = [
    speeds.down >= MOVING_BYTES_PER_SECOND ? `$(arrow-down) ${formatSpeed(speeds.down)}` : '',
    speeds.up >= MOVING_BYTES_PER_SECOND ? `$(arrow-up) ${formatSpeed(speeds.up)}` : '',
  ].filter((part) => part !== '');
  const tracker = status.tracker === null ? '' : trackerName(status.tracker);
  switch (situation) {
    case 'noTracker':
      return { text: '$(arrow-swap) Shoal', tooltip: t('Shoal: no tracker yet') };
    case 'connecting':
      return { text: '$(sync~spin) Shoal', tooltip: t('Shoal: connecting to {0}', tracker) };
    case 'offline':
      return {
        text: '$(debug-disconnect) Shoal',
        tooltip: [t('Shoal: the tracker {0} is unreachable', tracker), ...awayLines(status)].join('\n'),
      };
    case 'signedOut':
      return { text: '$(arrow-swap) Shoal', tooltip: t('Shoal: not signed in at {0}', tracker) };
    case 'signedIn': {
      const isAway = status.link === 'away' || status.link === 'refused';
      const icon = isAway ? '$(debug-disconnect)' : '$(arrow-swap)';
      const text = [icon, ...(moving.length > 0 ? moving : [status.userId ?? ''])].join(' ');
      const who = t('Shoal: {0} at {1}', status.userId ?? '', tracker);
      const away = isAway ? [awayText(status)] : [];
      const reach = isAway || !status.reach ? '' : wordReach(status.reach);
      const lines = [who, reach, ...awayLines(status), ...away].filter((line) => line !== '');
      return { text, tooltip: lines.join('\n') };
    }
  }
}

/**
 * The texts of the groups view while the tracker does not answer: since when, beside its title, and what that means,
 * above the groups. Without a signed-in user there are no groups, and the welcome view shows the next step instead.
 */
export function presentAway(status: Status): { description: string; message: string } {
  const { awaySinceMs, userId } = status;
  const [since] = awayLines(status);
  if (since === undefined || awaySinceMs === null) return { description: '', message: '' };
  return {
    description: t('tracker unreachable since {0}', formatTime(awaySinceMs)),
    message: userId === null ? '' : `${since} ${t('The view shows the state of that time; transfers continue.')}`,
  };
}

function awayLines({ awaySinceMs, link, tracker }: Status): string[] {
  if (awaySinceMs === null || link === 'online' || tracker === null) return [];
  return [t('The tracker {0} has not answered since {1}.', trackerName(tracker), formatTime(awaySinceMs))];
}
