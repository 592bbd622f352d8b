import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import { isErrorCode, parseJson, ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';

const START_TIMEOUT_MS = 20_000;

/** The only line of a daemon on standard output: it is ready, or why it is not. */
const FIRST_LINE = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ ready: z.literal(false), code: z.string(), message: z.string() }),
]);

/**
 * Starts a daemon with the Node of this process (in the editor, that of VS Code), detached, and waits until it can be
 * attached to.
 * @param options what the daemon reads with `readDaemonOptions`
 * @throws ShoalError the error of the daemon, or `INTERNAL`
 */
export async function startDaemon(script: string, options: unknown): Promise<void> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    cwd: homedir(),
    detached: true,
    env: ownEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const line = await new Promise<string>((resolve) => {
    const timer = setTimeout(() => resolve(''), START_TIMEOUT_MS);
    const settle = (text: string) => {
      clearTimeout(timer);
      resolve(text);
    };
    const lines = createInterface({ input: child.stdout });
    lines.once('line', settle);
    lines.once('close', () => settle(''));
    child.once('error', (error) => settle(JSON.stringify({ ready: false, code: 'INTERNAL', message: error.message })));
  });
  child.stdout.destroy();
  child.unref();
  const parsed = FIRST_LINE.safeParse(parseJson(line));
  if (!parsed.success)
    throw new ShoalError('INTERNAL', "Shoal's background process does not start: see Shoal's log, then try again.");
  if (parsed.data.ready) return;
  const { code, message } = parsed.data;
  throw new ShoalError(isErrorCode(code) ? code : 'INTERNAL', message);
}

/** In the daemon: reads its options. */
export function readDaemonOptions<T>(schema: z.ZodType<T>): T {
  return schema.parse(parseJson(process.argv[2] ?? ''));
}

/** In the daemon: reports that it can be attached to, or why not. Nothing else is written to standard output. */
export function tellStarter(error?: ShoalError): void {
  const line = error ? { ready: false, code: error.code, message: error.message } : { ready: true };
  process.stdout.on('error', () => {}); // the window went away meanwhile
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Passes on only general variables, because those of the editor would make the daemon a part of it. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('VSCODE_') && name !== 'NODE_OPTIONS' && !name.startsWith('ELECTRON_'),
  );
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}
