import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { settings } from '../editor/settings.js';
import type { GroupNews, NewsMarks } from '../model/news/news-marks.js';
import { presentDigest } from '../model/presenters/present-news.js';
import { t } from '../words/index.js';

/** A window without the focus leaves the notification to the focused one for this long. */
const PATIENCE_MS = 1000;

/** Tells what is new in a notification, if the user wants that: in one window, which asks the agent first. */
export function tellNews(app: App, marks: NewsMarks): void {
  const { client } = app;
  client.on('newsDue', (groupIds) => {
    if (settings.news === 'digest') void claimAndTell(app, marks, groupIds);
  });
}

async function claimAndTell(app: App, marks: NewsMarks, groupIds: readonly string[]): Promise<void> {
  try {
    if (!vscode.window.state.focused) await sleep(PATIENCE_MS);
    const unseen = groupIds.filter((groupId) => marks.unseenIn(groupId).length > 0);
    const granted = unseen.length > 0 ? await app.client.claimNews(unseen) : [];
    const news = granted.map((groupId): GroupNews => ({ groupId, files: marks.unseenIn(groupId) }));
    const [first] = news;
    if (!first) return;
    const show = t('Show');
    if ((await vscode.window.showInformationMessage(presentDigest(news), show)) !== show) return;
    await app.groupsView.reveal(app.groups.groupNode(first.groupId), { expand: true, select: true, focus: true });
  } catch (error) {
    app.log.warn(String(error)); // the agent ended: the next one announces the news again
  }
}
