import { ShoalError } from '@shoal/sdk/protocol';
import type { Moved } from '../move/migrate-store.js';
import { readMigration } from './migrate-options.js';
import { print } from './print.js';

/** `shoal-tracker migrate-store`. @param fail ends the process with a code: 2 if nothing was changed, 1 if it broke off later */
export async function migrate(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  fail: (error: unknown, exitCode: number) => void,
): Promise<void> {
  const asked = readMigration(args, env);
  if (asked.kind === 'print') {
    await print(asked.text);
    return;
  }
  const { dataDir, store } = asked;
  const { migrateStore } = await import('../move/migrate-store.js'); // which a tracker never needs
  const interrupted = new AbortController();
  const stop = () =>
    interrupted.abort(
      new ShoalError('ABORTED', 'The move was interrupted: run the same command again, and it goes on where it was.'),
    );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop); // the second one ends it at once
  let exitCode = 2;
  try {
    const moved = await migrateStore({
      ...{ dataDir, store, signal: interrupted.signal },
      tell: (line) => process.stderr.write(`${line}\n`),
      onBegin: () => {
        exitCode = 1;
      },
    });
    await print(summary(dataDir, moved));
  } catch (error) {
    fail(error, exitCode);
  }
}

function summary(dataDir: string, { to, fingerprint, at, copied, compared }: Moved): string {
  const done =
    compared !== undefined
      ? [
          `moved ${dataDir} to ${to}`,
          `rows: ${copied} copied, ${compared} compared one by one with the folder, with their counters: all are the same`,
        ]
      : [`${dataDir} was moved to ${to} on ${at}: nothing was left to do`];
  return [
    ...done,
    `fingerprint: ${fingerprint}`,
    `start trackers with that database (--store or SHOAL_TRACKER_STORE); none starts with ${dataDir} any more`,
    '',
  ].join('\n');
}
