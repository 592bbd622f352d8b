import { type FolderShareResult, ShoalError } from '../index.js';
import type { AnyDownload, PeerClient } from './client.js';
import type { Quoting } from './words.js';

/** What an argument names, for completion. */
export type ArgumentKind =
  | 'user'
  | 'password'
  | 'newGroup'
  | 'anyGroup'
  | 'group'
  | 'member'
  | 'requester'
  | 'file'
  | 'folder'
  | 'share'
  | 'download'
  | 'limit'
  | 'rate'
  | 'priority'
  | 'path'
  | 'command';

export interface Argument {
  readonly name: string;
  readonly kind: ArgumentKind;
  /** May be omitted. A password may be omitted if the program can ask for it. */
  readonly optional?: boolean;
}

/** The outcome of a command: a line, the entries of a list (in cells), and consequences. */
export interface Answer {
  readonly line: string;
  readonly entries?: readonly (readonly string[])[];
  /** Titles above entries for people, by the index of the entry. */
  readonly titles?: ReadonlyMap<number, string>;
  /** The exit code reports a failure, although the command itself succeeded. */
  readonly failed?: boolean;
  /** The program exits after this command. */
  readonly leave?: boolean;
  /** The same command again confirms it. */
  readonly asksAgain?: boolean;
}

/** What commands work with. */
export interface CommandContext {
  readonly client: PeerClient;
  /** Aborted when the user stops waiting, or at the time limit, with a `ShoalError` as the reason. */
  readonly signal: AbortSignal;
  readonly quoting: Quoting;
  /** How version 0.1 read the password on the line, if that differs: an account may have been created with it. */
  readonly formerPassword: string | undefined;
  /** Asks for a text without an echo; undefined if there is no terminal. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** Whether the previous command was the same and asked for confirmation. */
  readonly isConfirmed: boolean;
  /** Shows the progress of a long command until it ends. */
  readonly showWork: (text: string) => void;
  /** Downloads whose start the command itself reports. */
  readonly beginning: Set<AnyDownload>;
  readonly memory: Memory;
}

/** State that commands leave to later ones. */
export interface Memory {
  /** What the last folder share skipped. */
  skipped?: Pick<FolderShareResult, 'folder' | 'skipped'>;
}

/** The error of a command that was stopped or timed out, and the consequence. */
export function stopped(signal: AbortSignal, consequence: string): ShoalError {
  const reason: unknown = signal.reason;
  if (!(reason instanceof ShoalError)) return new ShoalError('ABORTED', consequence);
  return new ShoalError(reason.code, `${reason.message} ${consequence}`, { cause: reason });
}

export interface Command {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly args: readonly Argument[];
  readonly switches: readonly string[];
  readonly summary: string;
  /** @throws ShoalError `USAGE`, and the errors of the command's work */
  run(words: readonly string[], context: CommandContext): Promise<Answer>;
}

type Syntax = Pick<Command, 'name' | 'args' | 'switches'>;

/** The arguments of a command, by name. */
export type Words<A extends readonly Argument[]> = {
  readonly [Arg in A[number] as Arg['name']]: Arg extends { optional: true } | { kind: 'password' }
    ? string | undefined
    : string;
};

/** The switches of a command that were given. */
export type Switches<S extends string> = { readonly [Name in S]: boolean };

interface CommandSpec<A extends readonly Argument[], S extends string> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly args: A;
  /** Without the leading dashes. Switches may stand anywhere after the name of the command. */
  readonly switches?: readonly S[];
  readonly summary: string;
  run(words: Words<A>, context: CommandContext, switches: Switches<S>): Promise<Answer> | Answer;
}

/** Defines a command of the table. It runs only with a valid number of arguments. */
export function defineCommand<const A extends readonly Argument[], const S extends string = never>(
  spec: CommandSpec<A, S>,
): Command {
  const { name, aliases = [], args, switches = [], summary } = spec;
  return {
    name,
    aliases,
    args,
    switches,
    summary,
    async run(given, context) {
      const isSwitch = (word: string) => switches.some((one) => word === `--${one}`);
      const words = given.filter((word) => !isSwitch(word));
      const needed = args.filter((arg) => !arg.optional && !(arg.kind === 'password' && context.askSecret)).length;
      if (words.length < needed || words.length > args.length) throw usageError({ name, args, switches }, words.length);
      const empty = args.find((_arg, index) => words[index] === '');
      if (empty)
        throw new ShoalError('USAGE', `<${empty.name}> is empty. Write: ${syntaxOf({ name, args, switches })}`);
      const named = Object.fromEntries(args.map((arg, index) => [arg.name, words[index]]));
      const set = Object.fromEntries(switches.map((one) => [one, given.includes(`--${one}`)]));
      // The check above ensures that all required arguments and switches are there.
      return spec.run(named as Words<A>, context, set as Switches<S>);
    },
  };
}

/** `join_group <group_id>`, `help [command]`. */
export function syntaxOf({ name, args, switches }: Syntax): string {
  const words = args.map((arg) => (arg.optional ? `[${arg.name}]` : `<${arg.name}>`));
  return [name, ...words, ...switches.map((one) => `[--${one}]`)].join(' ');
}

function usageError(command: Syntax, given: number): ShoalError {
  const tooMany = given > command.args.length;
  const hint = tooMany && command.args.length > 0 ? '; put a name with spaces in quotes' : '';
  return new ShoalError('USAGE', `Too ${tooMany ? 'many' : 'few'} words. Write: ${syntaxOf(command)}${hint}`);
}
