import * as vscode from 'vscode';
import type { App } from './app.js';
import { Invitations } from './commands/accounts/invitations.js';
import { tellEnds } from './commands/downloads/download-news.js';
import { giveUp } from './commands/downloads/give-up.js';
import { openPath, revealPath } from './commands/downloads/local-files.js';
import { chooseAmong } from './commands/downloads/transfer-commands.js';
import { tellNews } from './commands/news-telling.js';
import { registerCommands } from './commands/register.js';
import { followMoves } from './commands/sharing/moved-files.js';
import { shareIn } from './commands/sharing/share-run.js';
import { SavedFiles } from './commands/versions/saved-files.js';
import { AGENT_PROTOCOL } from './contract/contract.js';
import { DaemonLink } from './daemon/index.js';
import { DETAILS, DetailsPanels } from './details/details-panel.js';
import { ContextKeys } from './editor/context-keys.js';
import { Expanded } from './editor/expanded.js';
import { Publishing } from './editor/publishing.js';
import { SavedSession } from './editor/saved-session.js';
import { onSettings, settings } from './editor/settings.js';
import { OnceTold, tellError } from './editor/tell.js';
import { TrackerHosting } from './editor/tracker-hosting.js';
import { VersionFiles } from './editor/version-files.js';
import { NewsMarks } from './model/news/news-marks.js';
import { ShareIndex } from './model/sharing/share-index.js';
import { VERSION_SCHEME } from './model/sharing/version-place.js';
import { GroupTree } from './model/tree/group-tree.js';
import { RowAges } from './model/tree/row-ages.js';
import { Presence } from './presence.js';
import { EndedDownloads } from './remote/ended-downloads.js';
import { RemoteClient } from './remote/remote-client.js';
import { ShareDecorations } from './views/decorations.js';
import { DetailLinks } from './views/detail-links.js';
import { EditedItem } from './views/edited-item.js';
import { GroupItems } from './views/group-items.js';
import { GroupsView } from './views/groups-view.js';
import { NewsDecorations } from './views/news-decorations.js';
import { NewsWatch } from './views/news-watch.js';
import { RowClock } from './views/row-clock.js';
import { StatusBar } from './views/status-bar.js';
import { TransfersView } from './views/transfers-view.js';
import { speak } from './words/index.js';

/** A reload or an update of the editor takes some seconds; a window returns within this time or not at all. */
const LINGER_MS = 30_000;

/** Assembles the extension, without waiting for anything. */
export function start(context: vscode.ExtensionContext): App {
  speak((message, ...args) => vscode.l10n.t(message, ...args), vscode.env.language);
  const log = vscode.window.createOutputChannel('Shoal', { log: true });
  const folder = context.globalStorageUri.fsPath;
  const { version } = context.extension.packageJSON as { version: string };
  const program = (name: string) => context.asAbsolutePath(`dist/programs/${name}.cjs`);
  const link = new DaemonLink({
    ...{ folder: `${folder}/agent`, script: program('agent'), protocol: AGENT_PROTOCOL, version },
    startOptions: () => ({ folder, version, lingerMs: LINGER_MS }),
  });
  const session = new SavedSession(context.secrets);
  const client = new RemoteClient(link, (agent) => session.prepare(agent));
  const host = new TrackerHosting({
    ...{ folder: `${folder}/tracker`, script: program('tracker'), version, lingerMs: LINGER_MS },
    wishes: () => ({ port: settings.hostPort, keepRunning: settings.hostKeepRunning }),
    remember: (isHosting) => context.globalState.update('isHosting', isHosting),
  });
  const groups = new GroupTree(client);
  const shareIndex = new ShareIndex();
  const expanded = new Expanded(context.workspaceState);
  const [marks, ages] = [new NewsMarks(), new RowAges()];
  const links = new DetailLinks(client, (download) => details.show(download));
  const items = new GroupItems(groups, client, (node) => expanded.has(node), { marks, ages, links });
  const groupsProvider = new GroupsView(groups, items, async (uris, groupId) => {
    try {
      await shareIn(app, uris, { groupId, isChosen: true });
      await app.groupsView.reveal(groups.groupNode(groupId), { expand: true, select: false });
    } catch (error) {
      void tellError(error, log);
    }
  });
  const app: App = {
    ...{
      context,
      log,
      client,
      session,
      host,
      groups,
      shareIndex,
      versionFiles: new VersionFiles(client),
      once: new OnceTold(),
      publishing: new Publishing(context),
      toOpen: new Map(),
      leftOut: new Map(),
    },
    groupsView: vscode.window.createTreeView('shoal.groups', {
      ...{ treeDataProvider: groupsProvider, dragAndDropController: groupsProvider },
      ...{ canSelectMany: true, showCollapseAll: true },
    }),
    transfersView: vscode.window.createTreeView('shoal.transfers', {
      ...{ treeDataProvider: new TransfersView(client, links), canSelectMany: true },
    }),
  };
  new ContextKeys(client, groups, host);
  const decorations = new ShareDecorations(shareIndex);
  const newsDecorations = new NewsDecorations(marks);
  tellNews(app, marks);
  const statusBar = new StatusBar(client);
  const editedItem = new EditedItem(app);
  const savedFiles = new SavedFiles(app);
  const presence = new Presence(app, (paths) => {
    decorations.refresh(paths);
    editedItem.review();
    savedFiles.review();
  });
  new EndedDownloads(client, {
    isFocused: () => vscode.window.state.focused,
    tell: (ended) => void tellEnds(app, ended),
  });
  const media = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const details = new DetailsPanels({
    ...{ client, media },
    completeSources: ({ groupId, fileName }) => groups.file(groupId, fileName)?.completeSources,
    act: async (action, id) => {
      const download = client.mirror.downloads.get(id);
      const path = download?.path;
      try {
        if (action === 'open' && path !== undefined) await openPath(path);
        else if (action === 'reveal' && path !== undefined) await revealPath(path);
        else if (action === 'pause') await client.pause(id);
        else if (action === 'cancel') await giveUp(app, download ? [download] : []);
        else if (action === 'resume' || action === 'retry') await client.fetchOn(id);
      } catch (error) {
        void tellError(error, log);
      }
    },
  });
  context.subscriptions.push(
    ...[log, links, app.groupsView, app.transfersView, statusBar, editedItem, savedFiles, details, presence],
    ...expanded.watch(app.groupsView),
    new NewsWatch(app, marks, newsDecorations, (node) => expanded.has(node)),
    new RowClock(ages, groups, app.groupsView),
    ...registerCommands(app, {
      showDetails: async (_app, ...rows: RowsMeant) => {
        const files = [...app.client.mirror.downloads.values()];
        for (const download of await chooseAmong(files, ANY_STATE, ...rows)) details.show(download);
      },
      showLog: async () => log.show(),
      openView: async () => void (await vscode.commands.executeCommand('shoal.groups.focus')),
      openSettings: async () =>
        void (await vscode.commands.executeCommand('workbench.action.openSettings', '@ext:shoal.shoal')),
    }),
    vscode.window.registerFileDecorationProvider(decorations),
    vscode.window.registerFileDecorationProvider(newsDecorations),
    vscode.workspace.registerFileSystemProvider(VERSION_SCHEME, app.versionFiles, { isReadonly: true }),
    vscode.window.registerWebviewPanelSerializer(DETAILS, details),
    vscode.window.registerUriHandler(new Invitations(app)),
    followMoves(app, (path) => savedFiles.mayBeSaved(path)),
    onSettings(['showStatusBar'], () => {
      statusBar.review();
      editedItem.review();
    }),
    onSettings(['decorateExplorer'], () => decorations.refresh()),
    { dispose: () => link.close() },
    { dispose: () => host.close() },
  );
  presence.begin();
  return app;
}

type RowsMeant = [node?: Parameters<typeof chooseAmong>[2], selected?: Parameters<typeof chooseAmong>[3]];

const ANY_STATE = [
  ...(['queued', 'starting', 'downloading', 'waiting', 'verifying', 'paused', 'complete', 'failed'] as const),
] as const;
