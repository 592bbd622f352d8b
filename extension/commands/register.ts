import * as vscode from 'vscode';
import type { App } from '../app.js';
import { tellError } from '../editor/tell.js';
import { isRowLost } from '../model/tree/selection.js';
import { EditorError, t } from '../words/index.js';
import * as accounts from './accounts/account-commands.js';
import * as trackers from './accounts/tracker-commands.js';
import * as downloads from './downloads/download-commands.js';
import * as folders from './downloads/folder-commands.js';
import * as parts from './downloads/folder-part.js';
import * as limits from './downloads/limit-commands.js';
import * as locals from './downloads/local-files.js';
import * as transfers from './downloads/transfer-commands.js';
import * as groups from './group-commands.js';
import * as watches from './sharing/folder-watch.js';
import * as leftOut from './sharing/left-out.js';
import * as shares from './sharing/share-commands.js';
import * as stopping from './sharing/stop-share.js';
import * as bothSides from './versions/both-sides.js';
import * as compare from './versions/compare.js';
import * as history from './versions/history.js';
import * as publishing from './versions/publish.js';
import * as removing from './versions/remove-file.js';
import * as saved from './versions/saved-files.js';

/** The parameters after the app come from the menu; the palette passes none. */
type Command = (app: App, ...args: never[]) => Promise<void>;

/** All commands by their id without `shoal.`; those with an equivalent in the SDK have the name of its method. */
const COMMANDS: Readonly<Record<string, Command>> = {
  ...pick(trackers, ['connectTracker', 'retry', 'hostTracker', 'stopHosting', 'copyInvitation']),
  ...pick(accounts, ['createUser', 'login', 'logout', 'changePassword']),
  ...pick(groups, ['createGroup', 'joinGroup', 'leaveGroup', 'listGroups', 'listRequests', 'acceptRequest']),
  ...pick(groups, ['rejectRequest', 'removeMember', 'refresh', 'copyName']),
  ...pick(downloads, ['listFiles', 'downloadFile']),
  ...pick(folders, ['downloadFolder', 'showMissing']),
  ...pick(parts, ['downloadPart']),
  ...pick(shares, ['shareFile', 'shareFolder', 'shareFileElsewhere']),
  ...pick(watches, ['watchFolder', 'unwatchFolder']),
  ...pick(leftOut, ['showSkipped']),
  ...pick(publishing, ['publish', 'publishWithNote']),
  ...pick(saved, ['askBeforePublishing']),
  ...pick(bothSides, ['publishMine', 'takeTheirs', 'restoreMine']),
  ...pick(history, ['listVersions']),
  ...pick(compare, ['compareShared']),
  ...pick(removing, ['removeFile']),
  ...pick(stopping, ['stopShare']),
  ...pick(transfers, ['downloads', 'pauseDownload', 'resumeDownload', 'retryDownload', 'cancelDownload']),
  ...pick(limits, ['limitDownload', 'setPriority', 'downloadNext']),
  ...pick(transfers, ['clearDownloads']),
  ...pick(locals, ['openFile', 'revealFile', 'copyPath']),
};

/** Registers the commands, and shows their errors to the user. */
export function registerCommands(app: App, more: Readonly<Record<string, Command>>): vscode.Disposable[] {
  const selections = new Selections(app);
  const registered = Object.entries({ ...COMMANDS, ...more }).map(([name, command]) =>
    vscode.commands.registerCommand(`shoal.${name}`, async (...args: unknown[]) => {
      try {
        if (isRowLost(name, args))
          throw new EditorError('INVALID_ARGUMENT', t('The list was just drawn anew: choose that again.'));
        await command(app, ...(selections.rowsMeant(args) as never[]));
      } catch (error) {
        // Not awaited: the command has ended, while its message may stay.
        void tellError(error, app.log);
      }
    }),
  );
  return [selections, ...registered];
}

/** The selected rows of the views. While the editor draws a list anew, it does not tell them, so the latest are kept. */
class Selections implements vscode.Disposable {
  readonly #app: App;
  readonly #latest: Record<ViewName, readonly unknown[]> = { groupsView: [], transfersView: [] };
  readonly #disposables: readonly vscode.Disposable[];

  constructor(app: App) {
    this.#app = app;
    const keep = (view: ViewName) => (event: { readonly selection: readonly unknown[] }) => {
      this.#latest[view] = event.selection;
    };
    this.#disposables = [
      app.groupsView.onDidChangeSelection(keep('groupsView')),
      app.transfersView.onDidChangeSelection(keep('transfersView')),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** A keyboard shortcut passes no row, but the name of the view with the selected rows. */
  rowsMeant(args: readonly unknown[]): readonly unknown[] {
    const [view] = args;
    if (view !== 'groupsView' && view !== 'transfersView') return args;
    const shown: readonly unknown[] = this.#app[view].selection;
    const selection = shown.length > 0 ? shown : this.#latest[view];
    return selection.length > 0 ? [selection[0], selection] : [];
  }
}

type ViewName = 'groupsView' | 'transfersView';

function pick<K extends string>(module: Readonly<Record<K, Command>>, names: readonly K[]): Record<string, Command> {
  return Object.fromEntries(names.map((name) => [name, module[name]]));
}
