import { PassThrough } from 'node:stream';
import type { PeerClient } from '../../../sdk/cli/client.js';
import { PlainDisplay } from '../../../sdk/cli/display/plain-display.js';
import { Shell } from '../../../sdk/cli/shell.js';

/** What a shell answers to these commands, a line each. */
export async function answersTo(client: PeerClient, ...commands: string[]): Promise<string[]> {
  const stdout = new PassThrough().setEncoding('utf8');
  const display = new PlainDisplay(stdout, new PassThrough(), false);
  const shell = new Shell({ client, display, quoting: 'posix' });
  for (const command of commands) await shell.execute(command);
  return String(stdout.read() ?? '')
    .trimEnd()
    .split('\n');
}
