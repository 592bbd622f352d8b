/**
 * Ends a run that something keeps alive: with every test over, a timer, socket, worker or child that was left behind would have it wait
 * forever, and nobody would learn for what. A run that leaves nothing ends by itself, long before.
 */
import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';

const GRACE_MS = 30_000;

export const mochaHooks = {
  afterAll() {
    setTimeout(() => {
      console.error(`Every test is over, but something keeps this process alive: ${leftBehind().join(', ')}`);
      // Mocha puts the number of failed tests there when the process ends; this comes after.
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

/** What Node knows of its handles beyond their kind; it is no public interface, so it may be missing. */
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
