import { Command } from 'commander';
import { defaultDataDir } from './options.js';
import { parseCommand } from './parse-command.js';
import { requireStore, STORE_FORM } from './store-option.js';

/** What the command line behind `migrate-store` asks for. */
export type Migration =
  | {
      readonly kind: 'migrate';
      readonly dataDir: string;
      /** The URL of the database, which may contain a password. */
      readonly store: string;
    }
  /** `--help`: the text to print. */
  | { readonly kind: 'print'; readonly text: string };

/** Parses the command line behind `migrate-store`. @throws ShoalError `USAGE` */
export function readMigration(args: readonly string[], env: NodeJS.ProcessEnv): Migration {
  const folder = defaultDataDir(env, process.platform);
  const command = new Command('shoal-tracker migrate-store')
    .description(
      'Moves a tracker from its data folder into an empty PostgreSQL database, with its keys, and compares each row. ' +
        'The tracker must be stopped; the folder stays as it is, and no tracker starts with it any more. ' +
        'After an interruption, the same command goes on where it was.',
    )
    .option('--data <dir>', `the data folder (default ${folder})`)
    .option('--store <url>', `the database, ${STORE_FORM}`);
  const text = parseCommand(command, args);
  if (text !== undefined) return { kind: 'print', text };
  const flags = command.opts<{ data?: string; store?: string }>();
  const store = requireStore(flags.store, env, command);
  return { kind: 'migrate', dataDir: flags.data ?? folder, store };
}
