import { Command } from 'commander';
import { parseCommand } from './parse-command.js';
import { print } from './print.js';
import { requireStore, STORE_FORM } from './store-option.js';

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
    .option('--store <url>', `the database, ${STORE_FORM}`);
  const text = parseCommand(command, args);
  if (text !== undefined) return { kind: 'print', text };
  const store = requireStore(command.opts<{ store?: string }>().store, env, command);
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
