import * as vscode from 'vscode';
import type { App } from '../app.js';
import { isMine } from '../model/standing.js';
import { formatTime, t } from '../words/index.js';
import { settings } from './settings.js';
import { isHostedHere } from './tracker-hosting.js';

const TOLD_AT_SHARE = 'toldWhereTheTrackerRuns';
const TOLD_AWAY = 'toldThatTheTrackerWasAway';
/** An update of the editor, or another start, is not worth a word. */
const MIN_AWAY_MS = 120_000;

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
  const { globalState } = app.context;
  if (!endsWithWindows(app) || globalState.get(TOLD_AT_SHARE, false)) return;
  await globalState.update(TOLD_AT_SHARE, true);
  await offerToKeep(
    t(
      'The tracker of {0} runs on this computer: when the last window of VS Code is closed here, the group is out of reach for everyone half a minute later.',
      groupId,
    ),
  );
}

/**
 * The editor lets no extension ask while its last window closes, so what that did is said when one is open again: since when nobody could
 * reach the groups, where somebody else is in one. Said once, in one window.
 */
export async function tellThatItWasAway(app: App): Promise<void> {
  const { groups, context, host } = app;
  const awaySinceMs = await host.absence();
  if (awaySinceMs === null || Date.now() - awaySinceMs < MIN_AWAY_MS) return;
  if (context.globalState.get(TOLD_AWAY) === awaySinceMs) return;
  if (!groups.isLoaded) await new Promise<void>((resolve) => groups.once('changed', () => resolve()));
  const isMissed = groups.groups().some((group) => isMine(group) && group.members > 1);
  if (!isMissed || !endsWithWindows(app) || context.globalState.get(TOLD_AWAY) === awaySinceMs) return;
  await context.globalState.update(TOLD_AWAY, awaySinceMs);
  await offerToKeep(
    t(
      'From {0} until now nobody could reach your groups: their tracker runs on this computer, and ended with the last window of VS Code.',
      formatTime(awaySinceMs),
    ),
  );
}

async function offerToKeep(text: string): Promise<void> {
  const keep = t('Keep Running');
  if ((await vscode.window.showInformationMessage(text, keep)) === keep) await keepHosting();
}
