import { ShoalError } from '@shoal/sdk/protocol';
import type { Command } from 'commander';
import { parsePostgresUrl } from '../store/postgres/postgres-url.js';

/** The environment variable for `--store`. */
export const STORE_VARIABLE = 'SHOAL_TRACKER_STORE';

/** How the database is named, and why by the environment. */
export const STORE_FORM = `postgres://user@host:5432/database; better in ${STORE_VARIABLE}, since others see a command line`;

/** The database that the command line or the environment names. */
export function storeIn(flag: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  return flag ?? (env[STORE_VARIABLE] || undefined);
}

/** The database that a command needs, for its option `--store`. @throws ShoalError `USAGE` */
export function requireStore(flag: string | undefined, env: NodeJS.ProcessEnv, command: Command): string {
  const store = storeIn(flag, env);
  if (store === undefined)
    throw new ShoalError(
      'USAGE',
      `Name the database with --store or in ${STORE_VARIABLE}; see ${command.name()} --help.`,
    );
  parsePostgresUrl(store);
  return store;
}
