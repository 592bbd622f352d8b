import { parseTrackerUrls, ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { askChoice, askText } from '../../editor/ask.js';
import { keepHosting } from '../../editor/hosting-notes.js';
import { knownTrackers, rememberTracker } from '../../editor/known-trackers.js';
import { withPatience } from '../../editor/patience.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { hostedUrl } from '../../editor/tracker-hosting.js';
import { infoLines, invitationLink, invitedTracker, readInvitation } from '../../model/trackers/invitation.js';
import { readTrackerInput } from '../../model/trackers/tracker-input.js';
import { trackerName, trackerUrl } from '../../model/trackers/tracker-url.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { TreeNode } from '../../model/tree/tree-nodes.js';
import { errorFrom } from '../../remote/error-from.js';
import { EditorError, t, wordError } from '../../words/index.js';
import { joinWaiting, keepInvitation } from './joining.js';
import { mayLeaveFor } from './leave-tracker.js';

/** The choice of another address. */
const ANOTHER = Symbol('another address');
const HOST_ONE = Symbol('host one here');

/** Asks for an earlier tracker or an address, and connects. An address without a tracker changes nothing. */
export async function connectTracker(app: App): Promise<void> {
  const known = knownTrackers(app.context.globalState).filter((url) => url !== settings.setup().tracker);
  await chooseAndConnect(app, t('Connect to a Tracker'), known, known.length > 0);
}

/** Leads a user without a tracker to an earlier one, an address, or one on this computer. */
export async function findTracker(app: App): Promise<void> {
  await chooseAndConnect(app, t('There Is No Tracker Yet'), knownTrackers(app.context.globalState), true);
}

async function chooseAndConnect(app: App, title: string, known: readonly string[], isChoice: boolean): Promise<void> {
  const choice = isChoice ? await askWhich(app, title, known) : ANOTHER;
  if (choice === HOST_ONE) return hostTracker(app);
  if (choice === ANOTHER) return connectByAddress(app, settings.trackerText);
  if (typeof choice !== 'string') return;
  const problem = await tryToConnect(app, choice);
  if (typeof problem === 'string') await connectByAddress(app, choice, problem);
}

async function askWhich(app: App, title: string, known: readonly string[]): Promise<string | symbol | undefined> {
  const host = { label: `$(server-process) ${t('Host a Tracker on This Computer')}`, value: HOST_ONE };
  return askChoice<string | symbol>(
    { title, placeholder: t('A tracker stores your groups; files never pass through it') },
    [
      ...known.map((url) => ({ label: `$(history) ${trackerName(url)}`, description: t('used earlier'), value: url })),
      { label: `$(plug) ${t('Use an Address or an Invitation…')}`, value: ANOTHER },
      ...(app.host.hosted ? [] : [host]),
    ],
  );
}

async function connectByAddress(app: App, start: string, startProblem?: string): Promise<void> {
  let [value, problem]: [string, string | undefined] = [start, startProblem];
  for (;;) {
    const answer = await askText({
      title: t('Connect to a Tracker'),
      prompt: t('The address, the invitation or the line that you received'),
      placeholder: t('tracker.example.org:6970'),
      value,
      problem,
      check: inputProblem,
    });
    if (typeof answer !== 'string') return;
    value = answer;
    const outcome = await tryToConnect(app, answer);
    if (typeof outcome !== 'string') return;
    problem = outcome;
  }
}

/** Connects, if the user agrees to leave the current tracker; otherwise returns what is wrong with the address. */
async function tryToConnect(app: App, input: string): Promise<string | undefined> {
  try {
    const url = readTrackerInput(input);
    if (!(await mayLeaveFor(app, url))) return undefined;
    await useTracker(app, url);
    await keepInvitation(app, readInvitation(input)?.group);
  } catch (thrown) {
    const error = ShoalError.from(thrown);
    app.log.warn(error.message);
    const isNobody = error.code === 'TRACKER_UNREACHABLE';
    return isNobody ? t('No tracker answers at this address: check it.') : wordError(error).text;
  }
  await offerToSignIn(app);
  return undefined;
}

/** The latest attempt to connect. Two at a time would each undo the other's setup. */
let latest: Promise<unknown> = Promise.resolve();

/** Connects to a tracker and stores it in the settings. After a failure, everything is as before. @throws ShoalError */
export function useTracker(app: App, url: string): Promise<void> {
  const attempt = latest.then(() => connectTo(app, url));
  latest = attempt.catch(() => {}); // its caller gets the error
  return attempt;
}

async function connectTo(app: App, url: string): Promise<void> {
  const title = t('Connecting to {0}…', trackerName(url));
  await withPatience(title, false, async () => {
    const before = settings.setup();
    await app.client.setUp({ ...before, tracker: url });
    await app.client.settled();
    // The same tracker as before was unreachable: choosing it again does not try again.
    if (before.tracker === url && app.client.mirror.status.link !== 'online') {
      await app.client.retry();
      await app.client.settled();
    }
    const { link, problem } = app.client.mirror.status;
    if (link === 'online') {
      await settings.setTracker(url);
      for (const used of before.tracker === null ? [url] : [before.tracker, url])
        await rememberTracker(app.context.globalState, used);
      return;
    }
    await app.client.setUp(before);
    throw errorFrom(problem);
  });
}

/** Tries to connect now. */
export async function retry(app: App): Promise<void> {
  await app.client.open();
  await app.client.retry();
  if (app.client.userId !== undefined) await app.groups.refresh();
}

/** Starts a tracker on this computer, connects to it, and shows the invitation and how long it runs. */
export async function hostTracker(app: App): Promise<void> {
  const title = t('Starting a tracker on this computer…');
  const wasHosting = app.host.hosted !== undefined;
  const url = await withPatience(title, false, async () => hostedUrl(await app.host.start(), settings.hostAddress));
  if (!(await mayLeaveFor(app, url))) {
    if (!wasHosting) await app.host.stop();
    return;
  }
  await useTracker(app, url);
  void tellHosted(app, trackerName(url)).catch((error: unknown) => tellError(error, app.log));
  await offerToSignIn(app);
}

async function tellHosted(app: App, address: string): Promise<void> {
  const [copy, keep] = [t('Copy Invitation'), t('Keep Running')];
  const isKept = settings.hostKeepRunning;
  const text = isKept
    ? t('A tracker runs on this computer at {0}. Send an invitation to colleagues.', address)
    : t(
        'A tracker runs on this computer at {0} while a window of VS Code is open. Half a minute after the last one closes, nobody can reach its groups.',
        address,
      );
  const choice = await vscode.window.showInformationMessage(text, ...(isKept ? [copy] : [copy, keep]));
  if (choice === copy) await copyInvitation(app);
  else if (choice === keep) await keepHosting();
}

/** Stops the tracker on this computer after a confirmation. */
export async function stopHosting(app: App): Promise<void> {
  const stop = t('Stop the Tracker');
  const choice = await vscode.window.showWarningMessage(
    t('Stop the tracker on this computer?'),
    { modal: true, detail: t('Nobody can reach its groups until it starts again. Nothing is lost.') },
    stop,
  );
  if (choice !== stop) return;
  await app.host.stop();
}

/** Copies an invitation: a link, or the tracker's address for the terminal and for scripts. */
export async function copyInvitation(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  const groups = ofKinds(rowsMeant(node, selected), 'group').map(({ groupId }) => groupId);
  const { tracker: own } = settings;
  if (own === null) throw new EditorError('TRACKER_INVALID', t('There is no tracker yet: connect to one first.'));
  const { fingerprint, nodes } = app.client.mirror.status;
  const tracker = invitedTracker(own, fingerprint, nodes);
  const [first] = parseTrackerUrls(tracker);
  const address = trackerUrl(first); // of one node, as version 0.1 knows it
  const lines = infoLines(tracker);
  const choice = await askChoice({ title: t('Copy Invitation'), placeholder: t('What to copy') }, [
    {
      label: t('Link'),
      description: t('opens VS Code and asks to join'),
      value: (groups.length > 0 ? groups : [undefined])
        .map((groupId) => invitationLink(vscode.env.uriScheme, tracker, groupId))
        .join('\n'),
    },
    { label: t('Address'), description: address, value: address },
    { label: t('Line for tracker_info.txt'), description: lines.split('\n').join(' … '), value: lines },
  ]);
  if (typeof choice !== 'string') return;
  await vscode.env.clipboard.writeText(choice);
  vscode.window.setStatusBarMessage(t('Copied. Send it to your colleagues.'), 5000);
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
    return t('That is not a tracker: an address looks like host:port, an invitation like vscode://…/join?….');
  }
}
