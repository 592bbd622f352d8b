import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { settings } from '../../editor/settings.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { fingerprintOf, trackerName } from '../../model/trackers/tracker-url.js';
import { t } from '../../words/index.js';

/** Asks a signed-in user before another tracker replaces the current one. Returns true if it may. */
export async function mayLeaveFor(app: App, url: string): Promise<boolean> {
  const { userId } = app.client;
  const { tracker } = settings.setup();
  if (userId === undefined || tracker === null || isSameTracker(tracker, url)) return true;
  const connect = t('Connect');
  const shares = app.client.shares().length;
  const detail = [
    shares === 0
      ? ''
      : t('Others cannot download {0} that you share there until you connect to it again.', filesOf(shares)),
    t('Downloads from there pause. You stay signed in there; they continue when you reconnect.'),
  ];
  const choice = await vscode.window.showWarningMessage(
    t('You are signed in as {0} at {1}. Switch to {2}?', userId, trackerName(tracker), trackerName(url)),
    { modal: true, detail: detail.filter((line) => line !== '').join('\n\n') },
    connect,
  );
  return choice === connect;
}

/** A tracker is identified by its key; without a known key, by its address. */
function isSameTracker(one: string, other: string): boolean {
  const [a, b] = [fingerprintOf(one), fingerprintOf(other)];
  return a !== undefined && b !== undefined ? a === b : trackerName(one) === trackerName(other);
}
