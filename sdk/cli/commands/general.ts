import { ShoalError } from '../../index.js';
import { type Answer, type Command, defineCommand, syntaxOf } from '../command.js';
import { isInFlight } from '../download-text.js';
import { count } from '../format.js';
import { nearest } from '../nearest.js';
import { COMMAND } from './arguments.js';

/** `help` and `quit`; help is about the commands that `all` gives. */
export function generalCommands(all: () => readonly Command[]): Command[] {
  return [
    defineCommand({
      name: 'help',
      args: [COMMAND],
      summary: 'all commands, or one of them',
      run({ command }) {
        return command === undefined ? helpOnAll(all()) : helpOn(findCommand(all(), command));
      },
    }),
    defineCommand({
      name: 'quit',
      aliases: ['exit'],
      args: [],
      summary: 'leave; unfinished downloads go on at the next login',
      run(_words, { client }) {
        const inFlight = client.downloads().filter(isInFlight).length;
        const line =
          inFlight === 0 ? 'bye' : `bye; ${count(inFlight, 'download')} under way will go on at the next login`;
        return { line, leave: true };
      },
    }),
  ];
}

/** The command of that name. @throws ShoalError `UNKNOWN_COMMAND`, with the one that was probably meant */
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

function helpOnAll(commands: readonly Command[]): Answer {
  return {
    line: count(commands.length, 'command'),
    entries: commands.map((command) => [syntaxOf(command), command.summary]),
  };
}

function helpOn(command: Command): Answer {
  const aliases = command.aliases.length > 0 ? ` (also ${command.aliases.join(', ')})` : '';
  return { line: `${syntaxOf(command)}  ${command.summary}${aliases}` };
}
