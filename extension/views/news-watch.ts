import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { onSettings, settings } from '../editor/settings.js';
import type { MarkedFile, NewsMarks } from '../model/news/news-marks.js';
import { presentBadge } from '../model/presenters/present-news.js';
import type { TreeNode } from '../model/tree/tree-nodes.js';
import type { NewsDecorations } from './news-decorations.js';

/**
 * Keeps the marks of new files and the number at the view's icon. A file is seen when its group is open in the view
 * while the window has the focus: then it is not counted any more. Its mark stays until it is selected or downloaded,
 * its group is closed, or the user looks at something else than the view.
 */
export class NewsWatch implements vscode.Disposable {
  readonly #app: App;
  readonly #marks: NewsMarks;
  readonly #decorations: NewsDecorations;
  readonly #isExpanded: (node: TreeNode) => boolean;
  readonly #disposables: vscode.Disposable[];
  /** The counts that the rows of groups show. */
  readonly #shown = new Map<string, number>();
  #userId: string | undefined;
  #isLooking = false;

  constructor(app: App, marks: NewsMarks, decorations: NewsDecorations, isExpanded: (node: TreeNode) => boolean) {
    this.#app = app;
    this.#marks = marks;
    this.#decorations = decorations;
    this.#isExpanded = isExpanded;
    const { client, groups, groupsView } = app;
    client.on('statusChanged', () => this.#onStatus());
    client.on('attached', () => this.#list());
    client.on('news', (news) => {
      if (settings.news !== 'off') this.#show(this.#marks.take(news));
    });
    client.on('downloadsChanged', ({ changed }) => {
      for (const id of changed) {
        const download = client.mirror.downloads.get(id);
        if (download) this.#draw(this.#marks.select(download.groupId, download.fileName));
      }
    });
    groups.on('requests', () => this.#count());
    this.#disposables = [
      groupsView.onDidChangeVisibility(() => this.#look()),
      vscode.window.onDidChangeWindowState(() => this.#look()),
      groupsView.onDidExpandElement(() => this.#look()),
      groupsView.onDidCollapseElement(({ element }) => {
        if (element.kind === 'group') this.#show(this.#marks.leave(element.groupId));
      }),
      groupsView.onDidChangeSelection(({ selection }) => {
        for (const node of selection)
          if (node.kind === 'file') this.#show(this.#marks.select(node.groupId, node.fileName));
      }),
      onSettings(['news'], () => this.#list()),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #onStatus(): void {
    const { client } = this.#app;
    if (!client.isAttached || client.userId === this.#userId) return;
    this.#userId = client.userId;
    this.#show(this.#marks.clear());
    this.#list();
  }

  /** Asks the agent, which sends changes from then on. */
  #list(): void {
    const { client } = this.#app;
    if (settings.news === 'off') this.#show(this.#marks.clear());
    else if (client.userId !== undefined)
      this.#inBackground(client.listNews().then((news) => this.#show(this.#marks.take(news, { isWhole: true }))));
  }

  #look(): void {
    const { groups, groupsView, client } = this.#app;
    const isLooking = groupsView.visible && vscode.window.state.focused;
    if (this.#isLooking && !groupsView.visible) this.#draw(this.#marks.leave());
    this.#isLooking = groupsView.visible;
    if (isLooking) {
      for (const groupId of this.#marks.groupIds) {
        if (!this.#isExpanded(groups.groupNode(groupId))) continue;
        const untilMs = this.#marks.look(groupId);
        if (untilMs !== undefined) this.#inBackground(client.seeNews(groupId, untilMs));
      }
    }
    this.#drawGroups();
    this.#count();
  }

  #show(changed: readonly MarkedFile[]): void {
    this.#look();
    this.#draw(changed);
  }

  #draw(changed: readonly MarkedFile[]): void {
    if (changed.length === 0) return;
    this.#decorations.refresh(changed);
    this.#app.groups.touchFiles(changed, { folders: false });
  }

  /** Draws the groups whose count changed, and no others: the rows in a group are drawn anew with it, and lose a click at that moment. */
  #drawGroups(): void {
    for (const groupId of new Set([...this.#marks.groupIds, ...this.#shown.keys()])) {
      const count = this.#marks.unseenIn(groupId).length;
      if (count === (this.#shown.get(groupId) ?? 0)) continue;
      if (count === 0) this.#shown.delete(groupId);
      else this.#shown.set(groupId, count);
      this.#app.groups.touchGroup(groupId);
    }
  }

  #count(): void {
    const { groups, groupsView } = this.#app;
    const badge = presentBadge(groups.pending, this.#marks.unseen);
    if (groupsView.badge?.value === badge?.value && groupsView.badge?.tooltip === badge?.tooltip) return;
    groupsView.badge = badge;
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#app.log.warn(ShoalError.from(error).message));
  }
}
