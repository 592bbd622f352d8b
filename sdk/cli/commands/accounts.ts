import { type LoginResult, ShoalError } from '../../index.js';
import { tryInTurn } from '../../program/index.js';
import { type CommandContext, defineCommand } from '../command.js';
import { countDownloads, underWay } from '../download-text.js';
import { count } from '../format.js';
import { NEW_PASSWORD, PASSWORD, USER } from './arguments.js';

export const ACCOUNT_COMMANDS = [
  defineCommand({
    name: 'create_user',
    args: [USER, PASSWORD],
    summary: 'create an account',
    async run({ user_id, passwd }, context) {
      await context.client.createUser(user_id, passwd ?? (await askNewPassword(context)), { signal: context.signal });
      return { line: `user ${user_id} created` };
    },
  }),
  defineCommand({
    name: 'login',
    args: [USER, PASSWORD],
    summary: 'sign in, restore earlier shares, and resume downloads',
    async run({ user_id, passwd }, context) {
      const password = passwd ?? (await ask(context, 'Password: '));
      const { client, signal } = context;
      const result = await asTypedOrRead(password, context, (form) => client.login(user_id, form, { signal }));
      return { line: `logged in as ${result.userId}${describeReturn(result, context)}` };
    },
  }),
  defineCommand({
    name: 'change_password',
    args: [PASSWORD, NEW_PASSWORD],
    summary: 'change your password; your other sessions end',
    async run({ passwd, new_passwd }, context) {
      const { client, signal } = context;
      const current = passwd ?? (await ask(context, 'Current password: '));
      const next = new_passwd ?? (await askNewPassword(context, 'New password: '));
      await asTypedOrRead(current, context, (form) => client.changePassword(form, next, { signal }));
      return { line: 'password changed; other sessions have ended' };
    },
  }),
  defineCommand({
    name: 'logout',
    args: [],
    summary: 'sign out; sharing stops and downloads pause',
    async run(_words, { client }) {
      await client.logout();
      return { line: 'logged out' };
    },
  }),
];

/** Tries a password as typed, and if it is wrong as version 0.1 read it. */
function asTypedOrRead<T>(
  typed: string,
  { formerPassword }: CommandContext,
  show: (password: string) => Promise<T>,
): Promise<T> {
  const isWrong = (error: unknown) => ShoalError.from(error).code === 'WRONG_PASSWORD';
  return tryInTurn(formerPassword === undefined ? [typed] : [typed, formerPassword], isWrong, show);
}

/** `; 2 shares restored, 1 lost: report.pdf (changed); 1 download goes on` */
function describeReturn({ restored, lost, checking, unavailable }: LoginResult, { client }: CommandContext): string {
  const names = lost.map((share) => `${share.fileName} (${share.reason})`).join(', ');
  const shares = [
    ...(restored.length > 0 ? [`${count(restored.length, 'share')} restored`] : []),
    ...(lost.length > 0 ? [`${restored.length > 0 ? lost.length : count(lost.length, 'share')} lost: ${names}`] : []),
    ...(checking.length > 0 ? [`${count(checking.length, 'share')} being checked`] : []),
    ...(unavailable.length > 0 ? [`${count(unavailable.length, 'share')} unreadable for now`] : []),
  ];
  const inFlight = underWay(client);
  const parts = [shares.join(', '), inFlight.length === 0 ? '' : `${countDownloads(inFlight)} going on`];
  return parts.map((part) => part && `; ${part}`).join('');
}

async function askNewPassword(context: CommandContext, question = 'Password: '): Promise<string> {
  const password = await ask(context, question);
  if ((await ask(context, 'Again: ')) === password) return password;
  throw new ShoalError('INVALID_ARGUMENT', 'The two passwords differ: try again.');
}

async function ask({ askSecret }: CommandContext, question: string): Promise<string> {
  const password = await askSecret?.(question);
  if (password === '') throw new ShoalError('USAGE', 'No password was typed: enter the command again, and type one.');
  if (password !== undefined) return password;
  throw new ShoalError('USAGE', 'There is no terminal to ask for a password: write it on the line.');
}
