import { ShoalError } from '@shoal/sdk/protocol';
import { Command } from 'commander';
import { parsePostgresUrl } from '../store/postgres/postgres-url.js';
import { STORE_VARIABLE, storeIn } from './options.js';
import { parseCommand } from './parse-command.js';
import { print } from './print.js';

/** What the command line behind `rotate-keys` asks for. */
export type Rotating =
  | {
      readonly kind: 'rotate';
      /** The URL of the database, which may contain a password. */
      readonly store: string;
    }
  /** `--help`: the text to print. */
  | { readonly kind: 'print'; readonly text: string };

/** Parses the command line behind `rotate-keys`. @throws ShoalError `USAGE` */
export function readRotating(args: readonly string[], env: NodeJS.ProcessEnv): Rotating {
  const command = new Command('shoal-tracker rotate-keys')
    .description(
      'Replaces the key that signs group tickets, for a tracker with a PostgreSQL database, while its nodes run. ' +
        'They announce the new key at once, sign with it after ten minutes, and refuse the former one ten minutes later. The fingerprint stays.',
    )
    .option(
      '--store <url>',
      `the database, postgres://user@host:5432/database; better in ${STORE_VARIABLE}, since others see a command line`,
    );
  const text = parseCommand(command, args);
  if (text !== undefined) return { kind: 'print', text };
  const store = storeIn(command.opts<{ store?: string }>().store, env);
  if (store === undefined)
    throw new ShoalError(
      'USAGE',
      `Name the database with --store or in ${STORE_VARIABLE}; see shoal-tracker rotate-keys --help.`,
    );
  parsePostgresUrl(store);
  return { kind: 'rotate', store };
}

/** `shoal-tracker rotate-keys`. @throws ShoalError `USAGE`, and the errors of `rotateTicketKey` */
export async function rotateKeys(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const asked = readRotating(args, env);
  if (asked.kind === 'print') {
    await print(asked.text);
    return;
  }
  const { rotateTicketKey } = await import('../data/rotate-ticket-key.js'); // which a tracker never needs
  const { signsAtMs, endsAtMs } = await rotateTicketKey(asked.store, Date.now());
  await print(
    [
      'another key for tickets is announced',
      `the nodes sign with it from ${new Date(signsAtMs).toISOString()}`,
      `the former key counts until ${new Date(endsAtMs).toISOString()}`,
      '',
    ].join('\n'),
  );
}
