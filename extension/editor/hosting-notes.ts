import * as vscode from 'vscode';
import type { App } from '../app.js';
import { absenceToTell, isToHearAtShare } from '../model/hosting.js';
import { formatTime, t } from '../words/index.js';
import { settings } from './settings.js';
import { isHostedHere } from './tracker-hosting.js';

/** Lets the tracker on this computer go on without a window. */
export async function keepHosting(): Promise<void> {
  await settings.setHostKeepRunning(true);
}

/** Whether the groups of the tracker in use are out of reach for everyone when the last window here is closed. */
function endsWithWindows({ host }: App): boolean {
  return host.hosted !== undefined && isHostedHere(settings.setup().tracker, host.hosted) && !settings.hostKeepRunning;
}

/** At the first share of who hosts: for how long others can reach it. Said once. */
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
 * The editor lets no extension ask while its last window closes, so what that did is said when one is open again: since when nobody could
 * reach the groups, where somebody else is in one. Said once, in one window.
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
