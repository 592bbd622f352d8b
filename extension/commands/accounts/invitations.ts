import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { type Invitation, parseInvitation } from '../../model/trackers/invitation.js';
import { trackerName } from '../../model/trackers/tracker-url.js';
import { EditorError, t } from '../../words/index.js';
import { joinWaiting, keepInvitation } from './joining.js';
import { useTracker } from './tracker-commands.js';

/** `…://shoal.shoal/join?…`: always asks first. An invitation to a group waits until a user is signed in. */
export class Invitations implements vscode.UriHandler {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
    app.client.on('statusChanged', ({ userId }) => {
      if (userId !== null) void joinWaiting(app);
    });
  }

  async handleUri(uri: vscode.Uri): Promise<void> {
    try {
      const invitation = parseInvitation(uri.path, uri.query, uri.fragment);
      if (!invitation)
        throw new EditorError(
          'INVALID_ARGUMENT',
          t('That link is not an invitation to Shoal: ask the sender for a new one.'),
        );
      await this.#offer(invitation);
    } catch (error) {
      await tellError(error, this.#app.log);
    }
  }

  async #offer({ tracker, group }: Invitation): Promise<void> {
    const before = settings.setup().tracker;
    const isOther = before !== null && trackerName(before) !== trackerName(tracker);
    const question =
      group === undefined
        ? t('Connect to the tracker {0}?', trackerName(tracker))
        : t('Ask to join the group {0} at the tracker {1}?', group, trackerName(tracker));
    const fingerprint = tracker.split('#')[1];
    const detail = [
      t('A link requested this. Continue only if you know who sent it.'),
      fingerprint === undefined ? '' : t('The tracker must have the fingerprint {0}.', fingerprint),
      isOther ? t('This ends the connection to {0}.', trackerName(before)) : '',
    ];
    const yes = group === undefined ? t('Connect') : t('Ask to Join');
    const options = { modal: true, detail: detail.filter((line) => line !== '').join('\n\n') };
    if ((await vscode.window.showInformationMessage(question, options, yes)) !== yes) return;
    if (before !== tracker) await useTracker(this.#app, tracker);
    await keepInvitation(this.#app, group);
    await vscode.commands.executeCommand('shoal.groups.focus');
    if (this.#app.client.userId !== undefined) await joinWaiting(this.#app);
  }
}
