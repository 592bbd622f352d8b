import * as vscode from 'vscode';
import { settings } from '../editor/settings.js';
import { allTransfers } from '../model/downloads/transfers.js';
import { presentStatus } from '../model/presenters/present-status.js';
import { totalSpeeds } from '../model/presenters/present-transfers.js';
import { situationOf } from '../model/trackers/situation.js';
import type { RemoteClient } from '../remote/remote-client.js';
import { t } from '../words/index.js';

/** One item: the signed-in user, or the current speeds; a click opens the view. */
export class StatusBar implements vscode.Disposable {
  readonly #client: RemoteClient;
  readonly #item = vscode.window.createStatusBarItem('shoal.status', vscode.StatusBarAlignment.Left);

  constructor(client: RemoteClient) {
    this.#client = client;
    this.#item.name = 'Shoal';
    this.#item.command = 'shoal.openView';
    for (const event of ['statusChanged', 'downloadsChanged', 'foldersChanged', 'uploadsChanged'] as const)
      client.on(event, () => this.review());
    this.review();
  }

  review(): void {
    const { mirror, isAttached, isAttaching } = this.#client;
    const situation = situationOf(
      { ...mirror.status, tracker: trackerNow(mirror.status.tracker) },
      isAttached,
      isAttaching,
    );
    if (!settings.showStatusBar || situation === 'noTracker') {
      this.#item.hide();
      return;
    }
    const { text, tooltip } = presentStatus(
      situation,
      mirror.status,
      totalSpeeds(allTransfers(mirror), mirror.uploads),
    );
    if (this.#item.text !== text) this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: `${tooltip}. ${t('Opens the Shoal view.')}` };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** Before the agent has answered, the settings apply. */
function trackerNow(told: string | null): string | null {
  return told ?? (settings.trackerText || null);
}
