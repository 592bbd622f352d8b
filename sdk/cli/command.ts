import { type FolderShareResult, ShoalError } from '../index.js';
import type { AnyDownload, PeerClient } from './client.js';
import type { Quoting } from './texts/words.js';

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
  | 'connect'
  | 'switch'
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
  /** Placeholders for the values of options, by name. */
  readonly options: Readonly<Record<string, string>>;
  /** Like options; each may be given several times. */
  readonly lists: Readonly<Record<string, string>>;
  readonly summary: string;
  /** @throws ShoalError `USAGE`, and the errors of the command's work */
  run(words: readonly string[], context: CommandContext): Promise<Answer>;
}

type Syntax = Pick<Command, 'name' | 'args' | 'switches' | 'options' | 'lists'>;

/** The arguments of a command, by name. */
export type Words<A extends readonly Argument[]> = {
  readonly [Arg in A[number] as Arg['name']]: Arg extends { optional: true } | { kind: 'password' }
    ? string | undefined
    : string;
};

/** The switches of a command that were given. */
export type Switches<S extends string> = { readonly [Name in S]: boolean };

/** The values of a command's options that were given. */
export type Options<O extends string> = { readonly [Name in O]: string | undefined };

/** The values of options that may be given several times, in order. */
export type Lists<L extends string> = { readonly [Name in L]: readonly string[] };

interface CommandSpec<A extends readonly Argument[], S extends string, O extends string, L extends string> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly args: A;
  /** Without the leading dashes. Switches may stand anywhere after the name of the command. */
  readonly switches?: readonly S[];
  /** Options with a value, `--name VALUE` or `--name=VALUE`, and what the syntax shows for it. They may stand where switches may. */
  readonly options?: { readonly [Name in O]: string };
  /** Like options; each may be given several times. */
  readonly lists?: { readonly [Name in L]: string };
  readonly summary: string;
  run(words: Words<A>, context: CommandContext, set: Switches<S> & Options<O> & Lists<L>): Promise<Answer> | Answer;
}

/** Defines a command of the table. It runs only with a valid number of arguments. */
export function defineCommand<
  const A extends readonly Argument[],
  const S extends string = never,
  const O extends string = never,
  const L extends string = never,
>(spec: CommandSpec<A, S, O, L>): Command {
  const { name, aliases = [], args, switches = [], summary } = spec;
  const options: Readonly<Record<string, string>> = spec.options ?? {};
  const lists: Readonly<Record<string, string>> = spec.lists ?? {};
  const syntax = { name, args, switches, options, lists };
  return {
    ...syntax,
    aliases,
    summary,
    async run(given, context) {
      const { words, set, valueless } = sortWords(syntax, given);
      if (valueless !== undefined)
        throw new ShoalError('USAGE', `--${valueless} has no value. Write: ${syntaxOf(syntax)}`);
      const needed = args.filter((arg) => !arg.optional && !(arg.kind === 'password' && context.askSecret)).length;
      if (words.length < needed || words.length > args.length) throw usageError(syntax, words.length);
      const empty = args.find((_arg, index) => words[index] === '');
      if (empty) throw new ShoalError('USAGE', `<${empty.name}> is empty. Write: ${syntaxOf(syntax)}`);
      const named = Object.fromEntries(args.map((arg, index) => [arg.name, words[index]]));
      // The checks above ensure that all required arguments, switches and options are there.
      return spec.run(named as Words<A>, context, set as Switches<S> & Options<O> & Lists<L>);
    },
  };
}

interface SortedWords {
  /** The arguments. */
  readonly words: readonly string[];
  /** Switches and the values of options, by name. */
  readonly set: Readonly<Record<string, boolean | string | readonly string[] | undefined>>;
  /** The option at the end of the line, if its value is missing. */
  readonly valueless: string | undefined;
}

/** Separates the arguments of a command from its switches and options. */
export function sortWords({ switches, options, lists }: Syntax, given: readonly string[]): SortedWords {
  const words: string[] = [];
  const set: Record<string, boolean | string | undefined> = Object.fromEntries(switches.map((one) => [one, false]));
  const several = new Map(Object.keys(lists).map((one): [string, string[]] => [one, []]));
  let open: string | undefined;
  const put = (name: string, value: string) => {
    const list = several.get(name);
    if (list) list.push(value);
    else set[name] = value;
  };
  for (const word of given) {
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (open !== undefined) {
      put(open, word);
      open = undefined;
    } else if (value === undefined && switches.includes(name)) set[name] = true;
    else if (!Object.hasOwn(options, name) && !several.has(name)) words.push(word);
    else if (value === undefined) open = name;
    else put(name, value);
  }
  return { words, set: { ...set, ...Object.fromEntries(several) }, valueless: open };
}

/** `join_group <group_id>`, `help [command]`. */
export function syntaxOf({ name, args, switches, options, lists }: Syntax): string {
  const words = args.map((arg) => (arg.optional ? `[${arg.name}]` : `<${arg.name}>`));
  const values = Object.entries(options).map(([option, value]) => `[--${option} ${value}]`);
  const several = Object.entries(lists).map(([option, value]) => `[--${option} ${value}]…`);
  return [name, ...words, ...switches.map((one) => `[--${one}]`), ...values, ...several].join(' ');
}

function usageError(command: Syntax, given: number): ShoalError {
  const tooMany = given > command.args.length;
  const hint = tooMany && command.args.length > 0 ? '; put a name with spaces in quotes' : '';
  return new ShoalError('USAGE', `Too ${tooMany ? 'many' : 'few'} words. Write: ${syntaxOf(command)}${hint}`);
}
