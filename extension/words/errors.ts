import { type ErrorCode, isErrorCode, ShoalError } from '@shoal/sdk/protocol';
import { t } from './t.js';

/** A command that may help, shown as a button. */
export interface NextStep {
  readonly label: string;
  readonly command: string;
  readonly args?: readonly unknown[];
}

/** The text and the next step of an error. */
export interface WordedError {
  readonly text: string;
  readonly next: NextStep | undefined;
}

/** An error of the editor with its own text; `next` is the step if the code does not define it. */
export class EditorError extends ShoalError {
  readonly next: NextStep | undefined;

  constructor(code: ErrorCode, message: string, next?: NextStep) {
    super(code, message);
    this.next = next;
  }
}

/** The text of an error in the user's language, and the next step. The SDK's English message goes to the log. */
export function wordError(error: { readonly code: string; readonly message: string }): WordedError {
  const { code, message } = error;
  if (!isErrorCode(code)) return { text: message, next: undefined }; // from a newer agent
  const own = error instanceof EditorError ? error : undefined;
  return { text: own ? message : TEXTS[code](), next: own?.next ?? NEXT[code]?.() };
}

const connect = (): NextStep => ({ label: t('Connect to a Tracker…'), command: 'shoal.connectTracker' });
const retry = (): NextStep => ({ label: t('Try Again'), command: 'shoal.retry' });
const signIn = (): NextStep => ({ label: t('Sign In…'), command: 'shoal.login' });
const settings = (query: string) => (): NextStep => ({
  label: t('Open Settings'),
  command: 'workbench.action.openSettings',
  args: [query],
});
const reload = (): NextStep => ({ label: t('Reload Window'), command: 'workbench.action.reloadWindow' });

const NEXT: Partial<Record<ErrorCode, () => NextStep>> = {
  ALREADY_LOGGED_IN: () => ({ label: t('Sign Out'), command: 'shoal.logout' }),
  CLOSED: retry,
  DATA_DIR_NEWER: reload,
  DISCONNECTED: retry,
  LISTEN_FAILED: settings('shoal.listen'),
  NOT_LOGGED_IN: signIn,
  SHUTTING_DOWN: retry,
  UNAVAILABLE: retry,
  TIMEOUT: retry,
  TRACKER_CHANGED: connect,
  TRACKER_INCOMPATIBLE: connect,
  TRACKER_INVALID: connect,
  TRACKER_UNREACHABLE: retry,
  USER_NOT_FOUND: () => ({ label: t('Create Account…'), command: 'shoal.createUser' }),
  WRONG_PASSWORD: signIn,
};

const TEXTS: Record<ErrorCode, () => string> = {
  ABORTED: () => t('Stopped, as requested.'),
  ALREADY_A_MEMBER: () => t('You are already a member of this group.'),
  ALREADY_DOWNLOADING: () => t('Another download uses that destination: choose another folder.'),
  ALREADY_LOGGED_IN: () => t('Someone is already signed in on this computer: sign out first.'),
  ALREADY_REQUESTED: () => t("You have already asked to join this group: wait for its owner's decision."),
  CLOSED: () => t("Shoal's background process ended and is restarting. Try again in a moment."),
  DATA_DIR_IN_USE: () => t("Another program uses Shoal's data folder: stop it, or choose another folder."),
  DATA_DIR_INVALID: () => t("A file in Shoal's data folder is missing or damaged: see the log."),
  DATA_DIR_MOVED: () =>
    t('The tracker of this folder was moved into a database and runs there: see the log for the way back.'),
  DATA_DIR_NEWER: () => t('A newer Shoal runs in another window: reload this one.'),
  DESTINATION_EXISTS: () => t('The destination already exists: replace it, or choose another folder.'),
  DESTINATION_NOT_FOUND: () => t('That folder no longer exists: choose another one.'),
  DEVICE_REPLACED: () =>
    t('Shoal ended here because a copy of its data folder signed in elsewhere. Use only one of them.'),
  DIGEST_MISMATCH: () => t('The file does not match its digest: ask its sharer to share it again.'),
  DISCONNECTED: () => t('The tracker is unreachable. Shoal keeps reconnecting; transfers continue.'),
  DISK_ERROR: () => t('The disk reported an error: check it, then try again. See the log for details.'),
  DISK_UNAVAILABLE: () => t('The disk does not answer: try again when it does.'),
  DOWNLOAD_NOT_FOUND: () => t('That download has ended.'),
  FILE_REMOVED: () => t('The file was removed from the group: share it again if the group still needs it.'),
  FILE_CHANGED: () => t('The file has changed: start again.'),
  FILE_NOT_FOUND: () => t('The group no longer has this file: refresh the list.'),
  FILE_TOO_LARGE: () => t('The file is larger than 1 TiB, the limit of Shoal: split it.'),
  FOLDER_INCOMPLETE: () => t('Some files of the folder failed; the others are complete. Retry the folder.'),
  FOLDER_TOO_LARGE: () => t('The folder has too many files: share its subfolders one by one.'),
  GROUP_EXISTS: () => t('A group with this name exists already: choose another name, or ask to join it.'),
  GROUP_NOT_FOUND: () => t('The group no longer exists: refresh the list.'),
  INTERNAL: () => t('Something went wrong inside Shoal: try again. See the log for details.'),
  INVALID_ARGUMENT: () => t('Shoal does not accept that value: see the log for details.'),
  INVALID_NAME: () => t('That name cannot be used: choose a shorter one, without slashes and control characters.'),
  LISTEN_FAILED: () => t('Shoal cannot listen at the address and port in the settings: choose others.'),
  MANIFEST_INVALID: () => t('The tracker has an invalid description of this file: ask its sharer to share it again.'),
  MANIFEST_MISSING: () => t('The tracker has no description of this file: ask its sharer to share it again.'),
  NAME_TAKEN: () => t('The group has another file with this name: share yours under another name.'),
  NOT_A_FILE: () => t('That is not a file: choose a file.'),
  NOT_A_FOLDER: () => t('That is not a folder: choose a folder.'),
  NOT_A_MEMBER: () => t('You are not a member of this group: ask to join it.'),
  NOT_LOGGED_IN: () => t('You are not signed in: sign in first.'),
  NOT_SHARED: () => t('You are not sharing this file.'),
  NOT_THE_AUTHOR: () => t("Only the file's author or the owner of the group can do that: ask one of them."),
  NOT_THE_OWNER: () => t('Only the owner of the group can do that: ask the owner.'),
  NO_SPACE: () => t('There is not enough space on the disk: free some, or choose another folder.'),
  PATH_NOT_FOUND: () => t('The file or folder does not exist: check the path.'),
  PEER_UNREACHABLE: () => t('That member cannot be reached now: the log says why. Shoal tries again by itself.'),
  PERMISSION_DENIED: () => t('Access is denied: choose another place, or change the permissions.'),
  PROTOCOL_ERROR: () => t('The other side sent an unknown message: update the older of the two, or reload the window.'),
  QUOTA_EXCEEDED: () => t('You have reached a limit of the tracker: remove something there, or ask its operator.'),
  RATE_LIMITED: () => t('Too many attempts: wait a little, then try again.'),
  RELAY_LIMITED: () => t("The tracker's relay is in full use, or its daily limit is used up: try again later."),
  REQUEST_NOT_FOUND: () => t('That request was already withdrawn or decided.'),
  RULES_INVALID: () =>
    t('Nothing was shared: a .gitignore or .shoalignore file cannot be read. Save it as UTF-8; the log names it.'),
  SHUTTING_DOWN: () => t('The tracker is shutting down: try again in a moment.'),
  SWARM_INVALID: () => t('The tracker cannot use its Redis Cluster: its operator finds the reason in its log.'),
  SWARM_UNREACHABLE: () => t('The tracker waits for its Redis Cluster: try again in a moment.'),
  TICKET_REFUSED: () =>
    t('A member refused to serve you: your membership is too new, or has ended. Try again in a moment.'),
  TIMEOUT: () => t('The tracker does not answer: try again in a moment.'),
  TOO_MANY_SHARES: () => t('You share the maximum number of files: stop sharing some.'),
  TRACKER_CHANGED: () => t('Another tracker answers at this address than before: ask its operator before you connect.'),
  TRACKER_INCOMPATIBLE: () => t('The tracker speaks another version of Shoal: update the older of the two.'),
  TRACKER_INVALID: () => t('That is not the address of a tracker: it looks like host:port.'),
  TRACKER_UNREACHABLE: () => t('The tracker cannot be reached: check its address and your network.'),
  UNAVAILABLE: () => t('The tracker cannot reach its database for now: try again in a moment.'),
  UNKNOWN_COMMAND: () => t('There is no such command.'),
  USAGE: () => t('That command was used incorrectly: see the log for details.'),
  USER_EXISTS: () => t('A user with this name exists already: choose another name, or sign in.'),
  USER_NOT_FOUND: () => t('The tracker has no user with this name: check it, or create an account.'),
  VERSION_CONFLICT: () => t('Someone published a newer version: look at it first, then publish yours.'),
  VERSION_NOT_FOUND: () => t('The group does not keep that version any more: choose another one.'),
  WRONG_PASSWORD: () => t('The user name or the password is wrong: try again.'),
};
