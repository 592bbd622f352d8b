import { type LoginResult, type Share, ShoalError } from '../../index.js';
import { tryInTurn } from '../../program/index.js';
import { type CommandContext, defineCommand } from '../command.js';
import { countDownloads, underWay } from '../texts/download-text.js';
import { count } from '../texts/format.js';
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

/** Shares that are named in the answer to a login. `list_shares` lists all. */
const MAX_NAMED = 3;

/** `; 2 shares restored, 1 not available: report.pdf (edited); 1 download goes on` */
function describeReturn({ restored, lost, checking, unavailable }: LoginResult, { client }: CommandContext): string {
  const isMore = restored.length > 0;
  const tell = (shares: readonly Share[], what: string, names: string[]) => {
    if (shares.length === 0) return [];
    const more = names.length > MAX_NAMED ? [`and ${names.length - MAX_NAMED} more`] : [];
    const named = [...names.slice(0, MAX_NAMED), ...more].join(', ');
    return [`${isMore ? shares.length : count(shares.length, 'share')} ${what}: ${named}`];
  };
  const shares = [
    ...(isMore ? [`${count(restored.length, 'share')} restored`] : []),
    ...tell(
      lost,
      'ended',
      lost.map(({ fileName, reason }) => `${fileName} (${reason})`),
    ),
    ...(checking.length > 0 ? [`${count(checking.length, 'share')} being checked`] : []),
    ...tell(
      unavailable,
      'not available',
      unavailable.map(({ fileName, state }) => `${fileName} (${state.name})`),
    ),
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
