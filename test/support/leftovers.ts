/**
 * Ends a run that something keeps alive, and names it. After the last test, a leaked timer, socket, worker or child process would otherwise
 * keep the run waiting forever. A run without leaks ends by itself long before.
 */
import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';

const GRACE_MS = 30_000;

export const mochaHooks = {
  afterAll() {
    setTimeout(() => {
      console.error(`Every test is over, but something keeps this process alive: ${leftBehind().join(', ')}`);
      // Mocha sets the exit code to the number of failed tests when the process ends; this handler runs later.
      process.once('exit', () => {
        process.exitCode = 1;
      });
      process.exit();
    }, GRACE_MS).unref();
  },
};

function leftBehind(): string[] {
  return [
    ...process.getActiveResourcesInfo(),
    ...activeHandles()
      .map(described)
      .filter((text) => text !== undefined),
  ];
}

/** Details of Node's active handles. The interface is not public, so it may be missing. */
function activeHandles(): unknown[] {
  const handles: unknown = Reflect.get(process, '_getActiveHandles');
  const list: unknown = typeof handles === 'function' ? Reflect.apply(handles, process, []) : [];
  return Array.isArray(list) ? list : [];
}

function described(handle: unknown): string | undefined {
  if (handle instanceof ChildProcess) return `process ${handle.pid} (${handle.spawnargs.join(' ')})`;
  if (handle instanceof Server) return `server at ${JSON.stringify(handle.address())}`;
  if (handle instanceof Socket)
    return `socket ${handle.localAddress}:${handle.localPort} to ${handle.remoteAddress}:${handle.remotePort}`;
  return undefined;
}
