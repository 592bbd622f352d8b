import { type ErrorCode, isErrorCode, ShoalError } from '@shoal/sdk/protocol';
import { t } from './t.js';

/** A command that may help, offered as a button. */
export interface NextStep {
  readonly label: string;
  readonly command: string;
  readonly args?: readonly unknown[];
}

/** What is shown of an error. */
export interface WordedError {
  readonly text: string;
  readonly next: NextStep | undefined;
}

/** An error of the editor's own, whose message is in the user's words already; the next step where its code does not say it. */
export class EditorError extends ShoalError {
  readonly next: NextStep | undefined;

  constructor(code: ErrorCode, message: string, next?: NextStep) {
    super(code, message);
    this.next = next;
  }
}

/** An error in the user's words, and what to do about it: the SDK's own words, which are English, are for the log. */
export function wordError(error: { readonly code: string; readonly message: string }): WordedError {
  const { code, message } = error;
  if (!isErrorCode(code)) return { text: message, next: undefined }; // of an agent that is newer
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
  TIMEOUT: retry,
  TRACKER_CHANGED: connect,
  TRACKER_INCOMPATIBLE: connect,
  TRACKER_INVALID: connect,
  TRACKER_UNREACHABLE: retry,
  USER_NOT_FOUND: () => ({ label: t('Create a User…'), command: 'shoal.createUser' }),
  WRONG_PASSWORD: signIn,
};

const TEXTS: Record<ErrorCode, () => string> = {
  ABORTED: () => t('It was stopped, as you wanted.'),
  ALREADY_A_MEMBER: () => t('You are a member of this group already.'),
  ALREADY_DOWNLOADING: () => t('Another download is on its way to that place: choose another folder.'),
  ALREADY_LOGGED_IN: () => t('Someone is signed in on this computer already: sign out first.'),
  ALREADY_REQUESTED: () => t('You have asked to join this group already: its owner decides.'),
  CLOSED: () => t("Shoal's background process went away; it is started again."),
  DATA_DIR_IN_USE: () => t("Another program uses Shoal's data folder: stop it, or choose another folder."),
  DATA_DIR_INVALID: () => t("Something in Shoal's data folder is missing or cannot be read: the log says what."),
  DATA_DIR_NEWER: () => t('A newer Shoal runs in another window: reload this one.'),
  DESTINATION_EXISTS: () => t('Something stands there already: replace it, or choose another folder.'),
  DESTINATION_NOT_FOUND: () => t('That folder is not there any more: choose another.'),
  DEVICE_REPLACED: () => t('Shoal has ended here: this device signed in elsewhere, from a copy of its data.'),
  DIGEST_MISMATCH: () =>
    t('Every piece is as listed, but the whole file is not: whoever shared it must share it again.'),
  DISCONNECTED: () => t('The tracker is away. It is tried again and again; transfers go on meanwhile.'),
  DISK_ERROR: () => t('The disk did not do what it was asked: check it, then try again. The log says more.'),
  DISK_UNAVAILABLE: () => t('The disk does not answer: try again when it does.'),
  DOWNLOAD_NOT_FOUND: () => t('That download is over.'),
  FILE_CHANGED: () => t('The file is another one by now: start again from the beginning.'),
  FILE_NOT_FOUND: () => t('The group has no such file any more.'),
  FILE_TOO_LARGE: () => t('The file is larger than Shoal can share (1 TiB).'),
  FOLDER_INCOMPLETE: () => t('Some files of the folder could not be had; the others are there.'),
  FOLDER_TOO_LARGE: () => t('The folder has more files than Shoal can share as one: share folders in it.'),
  GROUP_EXISTS: () => t('A group of this name exists already: choose another name, or ask to join it.'),
  GROUP_NOT_FOUND: () => t('There is no such group any more.'),
  INTERNAL: () => t('Something went wrong inside Shoal: try again. The log says more.'),
  INVALID_ARGUMENT: () => t('Shoal was asked for something that it does not understand: the log says what.'),
  INVALID_NAME: () => t('That name cannot be used: choose a shorter one, without slashes and control characters.'),
  LISTEN_FAILED: () => t('Shoal cannot listen at the address and port of the settings: choose others.'),
  MANIFEST_INVALID: () => t('What the tracker tells of this file is not valid: whoever shared it must share it again.'),
  MANIFEST_MISSING: () =>
    t('The tracker does not know the pieces of this file: whoever shared it must share it again.'),
  NAME_TAKEN: () => t('The group has another file of this name: rename yours, or share it under another name.'),
  NOT_A_FILE: () => t('That is not a file: choose a file.'),
  NOT_A_FOLDER: () => t('That is not a folder: choose a folder.'),
  NOT_A_MEMBER: () => t('You are no member of this group: ask to join it.'),
  NOT_LOGGED_IN: () => t('You are not signed in.'),
  NOT_SHARED: () => t('You do not share this file.'),
  NOT_THE_OWNER: () => t("Only the group's owner may do that."),
  NO_SPACE: () => t('There is not enough space on the disk: free some, or choose another folder.'),
  PATH_NOT_FOUND: () => t('The file or folder is not there: check the path.'),
  PERMISSION_DENIED: () => t('You may not read or write there: choose another place, or change its permissions.'),
  PROTOCOL_ERROR: () =>
    t('The other side answered in an unknown form: update the older of the two, or reload the window.'),
  QUOTA_EXCEEDED: () => t('The tracker allows no more: remove some of what you have there, or ask whoever runs it.'),
  RATE_LIMITED: () => t('Too many attempts: wait a little, then try again.'),
  REQUEST_NOT_FOUND: () => t('That request was withdrawn or decided already.'),
  SHUTTING_DOWN: () => t('The tracker is shutting down: try again in a moment.'),
  TICKET_REFUSED: () => t('A member refused to serve you: your membership is too new, or has ended.'),
  TIMEOUT: () => t('The tracker does not answer: try again in a moment.'),
  TOO_MANY_SHARES: () => t('Shoal shares as many files here as it can keep track of: stop sharing some.'),
  TRACKER_CHANGED: () => t('Another tracker answers there than before: go on only when whoever runs it says so.'),
  TRACKER_INCOMPATIBLE: () => t('The tracker speaks another version of Shoal: update the older of the two.'),
  TRACKER_INVALID: () => t('That is no address of a tracker: it looks like host:port.'),
  TRACKER_UNREACHABLE: () => t('The tracker cannot be reached: check its address and your network.'),
  UNKNOWN_COMMAND: () => t('There is no such command.'),
  USAGE: () => t('That command was used in a way that it does not know.'),
  USER_EXISTS: () => t('A user of this name exists already: choose another name, or sign in.'),
  USER_NOT_FOUND: () => t('The tracker knows no user of this name.'),
  WRONG_PASSWORD: () => t('The user name or the password is wrong.'),
};
