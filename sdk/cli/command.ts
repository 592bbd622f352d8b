import { type FolderShareResult, ShoalError } from '../index.js';
import type { AnyDownload, PeerClient } from './client.js';
import type { Quoting } from './words.js';

/** What a word of a command names; completion goes by it. */
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
  /** May be left out. A password may be wherever someone can be asked for it. */
  readonly optional?: boolean;
}

/** What a command did: a line, the entries of a list (in cells), and what follows from it. */
export interface Answer {
  readonly line: string;
  readonly entries?: readonly (readonly string[])[];
  /** What people see above an entry, by its place. */
  readonly titles?: ReadonlyMap<number, string>;
  /** The program's exit code tells of a failure, though the command itself did what it should. */
  readonly failed?: boolean;
  /** No command follows: leave. */
  readonly leave?: boolean;
  /** Whoever gives the same command again means it. */
  readonly asksAgain?: boolean;
}

/** What commands work with. */
export interface CommandContext {
  readonly client: PeerClient;
  /** Given when the user does not want to wait any longer, or may not: then its reason is a ShoalError. */
  readonly signal: AbortSignal;
  readonly quoting: Quoting;
  /** What version 0.1 took for the password on the line, where that was another word: an account may have been made with it. */
  readonly formerPassword: string | undefined;
  /** Asks for a text that is not shown as it is typed; undefined where there is nobody to ask. */
  readonly askSecret: ((question: string) => Promise<string>) | undefined;
  /** Whether the command before was the same, and asked to be given again. */
  readonly isConfirmed: boolean;
  /** Shows how far a long command is; it is gone when the command ends. */
  readonly showWork: (text: string) => void;
  /** Downloads whose beginning the command itself reports. */
  readonly beginning: Set<AnyDownload>;
  readonly memory: Memory;
}

/** What commands leave to later ones. */
export interface Memory {
  /** What the last folder was shared without. */
  skipped?: Pick<FolderShareResult, 'folder' | 'skipped'>;
}

/** Why a command ends before it is done: its user asked for it, or its time is over; and what that leaves. */
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
  /** @throws ShoalError `USAGE`, and what the command's work throws */
  run(words: readonly string[], context: CommandContext): Promise<Answer>;
}

type Syntax = Pick<Command, 'name' | 'args' | 'switches'>;

/** The words that a command was given, by their names. */
export type Words<A extends readonly Argument[]> = {
  readonly [Arg in A[number] as Arg['name']]: Arg extends { optional: true } | { kind: 'password' }
    ? string | undefined
    : string;
};

/** Which of its switches a command was given. */
export type Switches<S extends string> = { readonly [Name in S]: boolean };

interface CommandSpec<A extends readonly Argument[], S extends string> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly args: A;
  /** Without the dashes in front; they may stand anywhere behind the command's name. */
  readonly switches?: readonly S[];
  readonly summary: string;
  run(words: Words<A>, context: CommandContext, switches: Switches<S>): Promise<Answer> | Answer;
}

/** A command of the table: it is only run with as many words as it takes. */
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
      // As many words as needed are there, by the check above, and every switch.
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
