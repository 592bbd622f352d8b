import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { askChoice, askText } from '../editor/ask.js';
import { hostedUrl } from '../editor/host-keeper.js';
import { withPatience } from '../editor/patience.js';
import { settings } from '../editor/settings.js';
import { invitationLink, readInvitation } from '../model/invitation.js';
import { ofKinds, rowsMeant } from '../model/selection.js';
import { readTrackerInput, trackerName } from '../model/tracker-input.js';
import type { TreeNode } from '../model/tree-nodes.js';
import { errorFrom } from '../remote/error-from.js';
import { joinWaiting, keepInvitation } from './joining.js';
import { EditorError, t, wordError } from '../words/index.js';

/** Asks for a tracker's address, and connects; an address that leads nowhere changes nothing. */
export async function connectTracker(app: App): Promise<void> {
  let value = settings.trackerText;
  let problem: string | undefined;
  for (;;) {
    const answer = await askText({
      title: t('Connect to a Tracker'),
      prompt: t('Its address, an invitation, or the line that whoever runs it sent you'),
      placeholder: t('tracker.example.org:6970'),
      value,
      problem,
      check: inputProblem,
    });
    if (typeof answer !== 'string') return;
    value = answer;
    try {
      await useTracker(app, readTrackerInput(answer));
      await keepInvitation(app, readInvitation(answer)?.group);
      break;
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      app.log.warn(error.message);
      problem =
        error.code === 'TRACKER_UNREACHABLE'
          ? t('No tracker answers there: check the address.')
          : wordError(error).text;
    }
  }
  await offerToSignIn(app);
}

/** Connects to a tracker and keeps it in the settings; when that fails, everything is as it was. @throws ShoalError */
export async function useTracker(app: App, url: string): Promise<void> {
  const title = t('Connecting to {0}…', trackerName(url));
  await withPatience(title, false, async () => {
    const before = settings.setup();
    await app.client.setUp({ ...before, tracker: url });
    await app.client.settled();
    const { link, problem } = app.client.mirror.status;
    if (link === 'online') {
      await settings.setTracker(url);
      return;
    }
    await app.client.setUp(before);
    throw errorFrom(problem);
  });
}

/** Tries the tracker now, not only when its time comes. */
export async function retry(app: App): Promise<void> {
  await app.client.open();
  await app.client.retry();
  if (app.client.userId !== undefined) await app.groups.refresh();
}

/** Runs a tracker on this computer, connects to it, and shows what to send to colleagues. */
export async function hostTracker(app: App): Promise<void> {
  const title = t('Starting a tracker on this computer…');
  const url = await withPatience(title, false, async () => hostedUrl(await app.host.start(), settings.hostAddress));
  await useTracker(app, url);
  await vscode.commands.executeCommand('setContext', 'shoal.isHosting', true);
  const copy = t('Copy Invitation');
  const text = t('A tracker runs on this computer, at {0}. Send colleagues an invitation.', trackerName(url));
  void vscode.window.showInformationMessage(text, copy).then(async (choice) => {
    if (choice === copy) await copyInvitation(app);
  });
  await offerToSignIn(app);
}

/** Ends the tracker on this computer, once the user has seen what that means. */
export async function stopHosting(app: App): Promise<void> {
  const stop = t('Stop the Tracker');
  const choice = await vscode.window.showWarningMessage(
    t('Stop the tracker on this computer?'),
    { modal: true, detail: t('Nobody finds the groups there any more until it is started again. Nothing is lost.') },
    stop,
  );
  if (choice !== stop) return;
  await app.host.stop();
  await vscode.commands.executeCommand('setContext', 'shoal.isHosting', false);
}

/** Copies what colleagues need: a link, or the tracker's address for the terminal and for scripts. */
export async function copyInvitation(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  const groups = ofKinds(rowsMeant(node, selected), 'group').map(({ groupId }) => groupId);
  const tracker = invitedTracker(app);
  const line = tracker.replace('wss://', '').replace(/^(.*):(\d+)#?/, '$1 $2 ');
  const choice = await askChoice({ title: t('Copy Invitation'), placeholder: t('What to copy') }, [
    {
      label: t('Link'),
      description: t('opens VS Code, and asks to join'),
      value: (groups.length > 0 ? groups : [undefined])
        .map((groupId) => invitationLink(vscode.env.uriScheme, tracker, groupId))
        .join('\n'),
    },
    { label: t('Address'), description: tracker, value: tracker },
    { label: t('Line for tracker_info.txt'), description: line, value: line },
  ]);
  if (typeof choice !== 'string') return;
  await vscode.env.clipboard.writeText(choice);
  vscode.window.setStatusBarMessage(t('Copied: send it to your colleagues.'), 5000);
}

/** The tracker's address with its fingerprint, so that whoever is invited need not trust the network. */
function invitedTracker(app: App): string {
  const { tracker } = settings;
  if (tracker === null) throw new EditorError('TRACKER_INVALID', t('There is no tracker yet to invite to.'));
  const { fingerprint } = app.client.mirror.status;
  return tracker.includes('#') || fingerprint === null ? tracker : `${tracker}#${fingerprint}`;
}

async function offerToSignIn(app: App): Promise<void> {
  if (app.client.userId !== undefined) return joinWaiting(app);
  await vscode.commands.executeCommand('shoal.groups.focus');
}

function inputProblem(value: string): string | undefined {
  if (value.trim() === '') return undefined;
  try {
    readTrackerInput(value);
    return undefined;
  } catch {
    return t('That is no tracker: an address looks like host:port, an invitation like vscode://…/join?….');
  }
}
