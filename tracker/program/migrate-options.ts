import { ShoalError } from '@shoal/sdk/protocol';
import { Command } from 'commander';
import { parsePostgresUrl } from '../store/postgres/postgres-url.js';
import { defaultDataDir, STORE_VARIABLE, storeIn } from './options.js';
import { parseCommand } from './parse-command.js';

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
    .option(
      '--store <url>',
      `the database, postgres://user@host:5432/database; better in ${STORE_VARIABLE}, since others see a command line`,
    );
  const text = parseCommand(command, args);
  if (text !== undefined) return { kind: 'print', text };
  const flags = command.opts<{ data?: string; store?: string }>();
  const store = storeIn(flags.store, env);
  if (store === undefined)
    throw new ShoalError(
      'USAGE',
      `Name the database with --store or in ${STORE_VARIABLE}; see shoal-tracker migrate-store --help.`,
    );
  parsePostgresUrl(store);
  return { kind: 'migrate', dataDir: flags.data ?? folder, store };
}
