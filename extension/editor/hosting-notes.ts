import * as vscode from 'vscode';
import type { App } from '../app.js';
import { absenceToTell, isToHearAtShare } from '../model/trackers/hosting.js';
import { formatTime, t } from '../words/index.js';
import { settings } from './settings.js';
import { isHostedHere } from './tracker-hosting.js';

/** Lets the tracker on this computer run without a window. */
export async function keepHosting(): Promise<void> {
  await settings.setHostKeepRunning(true);
}

/** Whether nobody can reach the groups of the current tracker after the last window here closes. */
function endsWithWindows({ host }: App): boolean {
  return host.hosted !== undefined && isHostedHere(settings.setup().tracker, host.hosted) && !settings.hostKeepRunning;
}

/** At the first share of a user who hosts the tracker: says once how long others can reach it. */
export async function tellAtFirstShare(app: App, groupId: string): Promise<void> {
  if (!(await isToHearAtShare(endsWithWindows(app), app.context.globalState))) return;
  await offerToKeep(
    t(
      'The tracker of {0} runs on this computer. Half a minute after the last window of VS Code closes, nobody can reach the group.',
      groupId,
    ),
  );
}

/**
 * Reports that a tracker ended with the last window, in the next window, because the editor lets no extension ask while
 * it closes: since when nobody could reach the groups, if they have other members. Once, in one window.
 */
export async function tellThatItWasAway(app: App): Promise<void> {
  const { groups, host } = app;
  const awaySinceMs = await absenceToTell({
    ...{ groups, awaySinceMs: await host.absence(), endsWithWindows: () => endsWithWindows(app) },
    ...{ claim: () => host.claimAbsence(), now: Date.now },
  });
  if (awaySinceMs === undefined) return;
  await offerToKeep(
    t(
      'Nobody could reach your groups from {0} until now: their tracker runs on this computer and ended with the last window of VS Code.',
      formatTime(awaySinceMs),
    ),
  );
}

async function offerToKeep(text: string): Promise<void> {
  const keep = t('Keep Running');
  if ((await vscode.window.showInformationMessage(text, keep)) === keep) await keepHosting();
}
