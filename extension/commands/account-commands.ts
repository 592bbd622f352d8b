import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { askInTurn, askText } from '../editor/ask.js';
import { settings } from '../editor/settings.js';
import { nameProblem } from '../model/names.js';
import { trackerName } from '../model/tracker-input.js';
import { t, wordError } from '../words/index.js';

const LAST_USER = 'lastUser';

/** Codes after which the same question is asked again, with what is wrong. */
const ASK_AGAIN: ReadonlySet<string> = new Set(['WRONG_PASSWORD', 'USER_NOT_FOUND', 'USER_EXISTS', 'INVALID_NAME']);

/** Asks for name and password, and signs in. */
export async function login(app: App): Promise<void> {
  const tracker = trackerName(settings.tracker ?? '');
  const signIn = (userId: string, password: string) => app.client.login(userId, password);
  const userId = await askAccount(app, t('Sign In at {0}', tracker), t('Your password'), signIn);
  if (userId !== undefined) await vscode.commands.executeCommand('shoal.groups.focus');
}

/** Asks for a new name and password, makes the account and signs in. */
export async function createUser(app: App): Promise<void> {
  const tracker = trackerName(settings.tracker ?? '');
  const create = async (userId: string, password: string) => {
    await app.client.createUser(userId, password);
    if (app.client.userId === undefined) await app.client.login(userId, password);
  };
  const userId = await askAccount(app, t('Create a User at {0}', tracker), t('Choose a password'), create);
  if (userId !== undefined) await vscode.commands.executeCommand('shoal.groups.focus');
}

/** Stops sharing and pauses downloads, until the next sign-in. */
export async function logout(app: App): Promise<void> {
  await app.client.logout();
}

/** Asks until it works, or the user turns away; the name it worked with. */
async function askAccount(
  app: App,
  title: string,
  passwordPrompt: string,
  act: (userId: string, password: string) => Promise<unknown>,
): Promise<string | undefined> {
  let userId = app.context.globalState.get<string>(LAST_USER, '');
  let nameIsWrong: string | undefined;
  let passwordIsWrong: string | undefined;
  for (;;) {
    let password = '';
    const done = await askInTurn([
      async (place) => {
        if (passwordIsWrong !== undefined) return userId; // the name was right: on to the password
        const problem = nameIsWrong;
        const check = (value: string) => nameProblem('user', value);
        const prompt = t('Your user name');
        const answer = await askText({ title, prompt, value: userId, check, problem, place });
        if (typeof answer === 'string') userId = answer;
        return answer;
      },
      async (place) => {
        const problem = passwordIsWrong;
        const answer = await askText({ title, prompt: passwordPrompt, password: true, problem, place });
        passwordIsWrong = undefined;
        if (typeof answer === 'string') password = answer;
        return answer;
      },
    ]);
    if (!done) return undefined;
    try {
      await act(userId, password);
      await app.context.globalState.update(LAST_USER, userId);
      return userId;
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (!ASK_AGAIN.has(error.code)) throw error;
      const { text } = wordError(error);
      nameIsWrong = error.code === 'WRONG_PASSWORD' ? undefined : text;
      passwordIsWrong = error.code === 'WRONG_PASSWORD' ? text : undefined;
    }
  }
}
