import { ShoalError } from '../../index.js';
import { type Answer, type Command, defineCommand, syntaxOf } from '../command.js';
import { leavingText, underWay } from '../texts/download-text.js';
import { count } from '../texts/format.js';
import { nearest } from '../texts/nearest.js';
import type { Quoting } from '../texts/words.js';
import { COMMAND } from './arguments.js';

/** A group of commands in the help. */
export interface Topic {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** `help` and `quit`. The help describes the commands of `topics`. */
export function generalCommands(topics: () => readonly Topic[]): Command[] {
  const all = () => topics().flatMap(({ commands }) => commands);
  return [
    defineCommand({
      name: 'help',
      args: [COMMAND],
      summary: 'list all commands, or explain one of them',
      run({ command }, { quoting }) {
        return command === undefined ? helpOnAll(topics()) : helpOn(findCommand(all(), command), quoting);
      },
    }),
    defineCommand({
      name: 'quit',
      aliases: ['exit'],
      args: [],
      summary: 'exit; unfinished downloads resume at the next login',
      run(_words, { client, askSecret, isConfirmed }) {
        const left = leavingText(client);
        if (left !== '' && askSecret && !isConfirmed)
          return { line: `not yet: ${left}; quit again to exit`, asksAgain: true };
        return { line: left === '' ? 'bye' : `bye; ${left}`, leave: true, failed: underWay(client).length > 0 };
      },
    }),
  ];
}

/** Finds a command by name. @throws ShoalError `UNKNOWN_COMMAND`, with the most similar command */
export function findCommand(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name || command.aliases.includes(name));
  if (found) return found;
  const meant = nearest(
    name,
    commands.map((command) => command.name),
  );
  const hint = meant ? `did you mean ${meant}?` : 'help lists them.';
  throw new ShoalError('UNKNOWN_COMMAND', `There is no command ${name}: ${hint}`);
}

function helpOnAll(topics: readonly Topic[]): Answer {
  const entries: string[][] = [];
  const titles = new Map<number, string>();
  for (const { title, commands } of topics) {
    titles.set(entries.length, title);
    entries.push(...commands.map((command) => [syntaxOf({ ...command, switches: [], options: {} }), command.summary])); // narrow, for terminals
  }
  return { line: count(entries.length, 'command'), entries, titles };
}

function helpOn(command: Command, quoting: Quoting): Answer {
  const aliases = command.aliases.length > 0 ? ` (also ${command.aliases.join(', ')})` : '';
  const words = command.args.length > 0 ? `. ${WORDS[quoting]}` : '';
  const password = command.args.some(({ kind }) => kind === 'password') ? ` ${PASSWORD}` : '';
  return { line: `${syntaxOf(command)}  ${command.summary}${aliases}${words}${password}` };
}

const WORDS: Record<Quoting, string> = {
  posix:
    'Put a word with spaces in quotes, or write a backslash before each space. In "double" quotes, a backslash escapes' +
    " only a double quote and a backslash; in 'single' quotes, it escapes nothing.",
  windows: 'Put a word with spaces in quotes, and a word with a quote in quotes of the other kind.',
};

const PASSWORD =
  'A password is used literally, including quotes and backslashes, as at the prompt for it; put only a password with spaces' +
  ' or with a leading quote in quotes.';
