import { ShoalError } from '@shoal/sdk/protocol';
import { type Command, CommanderError } from 'commander';

/**
 * Parses the arguments of a command. Returns the text to print if they ask for help or for the version.
 * @throws ShoalError `USAGE`
 */
export function parseCommand(command: Command, args: readonly string[]): string | undefined {
  let printed = '';
  command.exitOverride().configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    writeErr: () => {},
  });
  try {
    command.parse(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return printed;
    const what = withoutPasswords(error.message.replace(/^error: /, ''));
    throw new ShoalError('USAGE', `${what}; see ${command.name()} --help.`);
  }
}

/** Hides what stands between the user and the host of a URL. */
function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/[^:/@\s']*):[^\s']*@/g, '$1:…@');
}
