import * as vscode from 'vscode';
import type { DownloadRecord } from '../contract/contract.js';
import type { RemoteClient } from '../remote/remote-client.js';

/**
 * The commands of rows that show the details of a running download: each has one of its own, without arguments. The editor forgets the
 * arguments of a row's command whenever it draws the row anew, which it does several times a second here, and a click would find no command.
 */
export class DetailLinks implements vscode.Disposable {
  readonly #client: RemoteClient;
  readonly #show: (download: DownloadRecord) => void;
  readonly #commands = new Map<string, vscode.Disposable>();

  constructor(client: RemoteClient, show: (download: DownloadRecord) => void) {
    this.#client = client;
    this.#show = show;
    client.on('downloadsChanged', ({ removed }) => {
      for (const id of removed) {
        this.#commands.get(id)?.dispose();
        this.#commands.delete(id);
      }
    });
  }

  to(downloadId: string): vscode.Command {
    const command = `shoal.showDetails.${downloadId}`;
    if (!this.#commands.has(downloadId)) {
      const show = () => {
        const download = this.#client.mirror.downloads.get(downloadId);
        if (download) this.#show(download);
      };
      this.#commands.set(downloadId, vscode.commands.registerCommand(command, show));
    }
    return { command, title: '' };
  }

  dispose(): void {
    for (const command of this.#commands.values()) command.dispose();
    this.#commands.clear();
  }
}
