import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { askChoice, askInTurn, askText, type Step, type TextQuestion } from '../../editor/ask.js';
import { settings } from '../../editor/settings.js';
import { nameProblem } from '../../model/presenters/names.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { newPasswordProblem, repeatedPasswordProblem } from '../../model/trackers/passwords.js';
import { trackerName } from '../../model/trackers/tracker-url.js';
import { t, wordError } from '../../words/index.js';

const LAST_USER = 'lastUser';

/** Codes after which the question is repeated with the problem. */
const ASK_AGAIN: ReadonlySet<string> = new Set(['WRONG_PASSWORD', 'USER_NOT_FOUND', 'USER_EXISTS', 'INVALID_NAME']);

/** Asks for name and password, and signs in. */
export async function login(app: App): Promise<void> {
  const title = t('Sign In at {0}', trackerName(settings.tracker ?? ''));
  const ask: AskPassword = (problem, keep) => [secret({ title, prompt: t('Your password'), problem }, keep)];
  await askAccount(app, title, ask, (userId, password) => app.client.login(userId, password));
}

/**
 * For a command that needs an account: signs in an earlier user of this computer, or asks whether the user has an
 * account.
 */
export async function signInOrUp(app: App): Promise<void> {
  if (app.context.globalState.get<string>(LAST_USER, '') !== '') return login(app);
  const placeholder = t('This needs an account at {0}', trackerName(settings.tracker ?? ''));
  const act = await askChoice({ title: t('You Are Not Signed In'), placeholder }, [
    { label: `$(sign-in) ${t('Sign In…')}`, description: t('with an existing account'), value: login },
    { label: `$(person-add) ${t('Create Account…')}`, description: t('a new account'), value: createUser },
  ]);
  if (typeof act === 'function') await act(app);
}

/** Asks for a new name and password, creates the account, and signs in. */
export async function createUser(app: App): Promise<void> {
  const title = t('Create an Account at {0}', trackerName(settings.tracker ?? ''));
  const ask: AskPassword = (_problem, keep) => newSecret(title, t('Choose a password'), keep);
  await askAccount(app, title, ask, async (userId, password) => {
    await app.client.createUser(userId, password);
    if (app.client.userId === undefined) await app.client.login(userId, password);
  });
}

/** Signs out after a confirmation: sharing stops and downloads pause until the next sign-in. */
export async function logout(app: App): Promise<void> {
  const { userId } = app.client;
  if (userId === undefined) return;
  const signOut = t('Sign Out');
  const shares = app.client.shares().length;
  const detail = [
    shares === 0 ? '' : t('Others cannot download {0} that you share until you sign in again.', filesOf(shares)),
    t('Downloads pause until then. You need your password to sign in again.'),
  ];
  const choice = await vscode.window.showWarningMessage(
    t('Sign out {0}?', userId),
    { modal: true, detail: detail.filter((line) => line !== '').join('\n\n') },
    signOut,
  );
  if (choice === signOut) await app.client.logout();
}

/** Asks for the current and the new password. */
export async function changePassword(app: App): Promise<void> {
  const { userId } = app.client;
  if (userId === undefined) throw new ShoalError('NOT_LOGGED_IN', 'Nobody is signed in.');
  const title = t('Change the Password of {0}', userId);
  let next = '';
  let problem: string | undefined;
  for (;;) {
    let current = '';
    const keepCurrent = (password: string) => {
      current = password;
    };
    const keepNext = (password: string) => {
      next = password;
    };
    const done = await askInTurn([
      secret({ title, prompt: t('Your current password'), problem }, keepCurrent),
      ...(next === '' ? newSecret(title, t('Choose a new password'), keepNext) : []),
    ]);
    if (!done) return;
    try {
      await app.client.changePassword(current, next);
      const text = t('Password changed. Your other devices must sign in again.');
      void vscode.window.showInformationMessage(text);
      return;
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (error.code !== 'WRONG_PASSWORD') throw error;
      problem = t('That is not your current password.');
    }
  }
}

/** The questions for a password, with the problem of the last answer and a callback for the new one. */
type AskPassword = (problem: string | undefined, keep: (password: string) => void) => Step[];

/** Repeats the questions until they succeed or the user cancels; then shows the groups. */
async function askAccount(
  app: App,
  title: string,
  askPassword: AskPassword,
  act: (userId: string, password: string) => Promise<unknown>,
): Promise<void> {
  let userId = app.context.globalState.get<string>(LAST_USER, '');
  let password = '';
  let nameIsWrong: string | undefined;
  let passwordIsWrong: string | undefined;
  for (;;) {
    let isNameRight = passwordIsWrong !== undefined;
    const askName: Step = async (place) => {
      if (isNameRight) {
        isNameRight = false; // a user who goes back wants to change it
        return userId;
      }
      const check = (value: string) => nameProblem('user', value);
      const prompt = t('Your user name');
      const answer = await askText({ title, prompt, value: userId, check, problem: nameIsWrong, place });
      if (typeof answer === 'string') userId = answer;
      return answer;
    };
    const keep = (answer: string) => {
      password = answer;
    };
    const isDone = await askInTurn([askName, ...(password === '' ? askPassword(passwordIsWrong, keep) : [])]);
    if (!isDone) return;
    try {
      await act(userId, password);
      await app.context.globalState.update(LAST_USER, userId);
      await vscode.commands.executeCommand('shoal.groups.focus');
      return;
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (!ASK_AGAIN.has(error.code)) throw error;
      const { text } = wordError(error);
      const isPassword = error.code === 'WRONG_PASSWORD';
      nameIsWrong = isPassword ? undefined : text;
      passwordIsWrong = isPassword ? text : undefined;
      if (isPassword) password = '';
    }
  }
}

/** A question for a password. */
function secret(question: TextQuestion, keep: (password: string) => void): Step {
  return async (place) => {
    const answer = await askText({ ...question, password: true, place });
    if (typeof answer === 'string') keep(answer);
    return answer;
  };
}

/** The questions for a new password, which is typed twice. */
function newSecret(title: string, prompt: string, keep: (password: string) => void): Step[] {
  let first = '';
  const keepFirst = (password: string) => {
    first = password;
  };
  const again = t('Repeat the password');
  return [
    secret({ title, prompt, checkAnswer: newPasswordProblem }, keepFirst),
    secret({ title, prompt: again, checkAnswer: (password) => repeatedPasswordProblem(password, first) }, keep),
  ];
}
