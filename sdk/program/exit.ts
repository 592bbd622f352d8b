import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

const TERMINALS = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Whether SIGHUP ends this program: one of its standard streams is or was a terminal. A program that is detached from
 * all terminals (nohup) continues. Node resets the signal at its start, so nohup's own setting is invisible.
 */
export const endsByHangup = TERMINALS.length > 0;

/**
 * Resources that Node waits for at its end: threads with listeners, and background calls about files. Calls that wait
 * for a hung disk never end.
 */
const MAY_HANG = /^(MessagePort|FSReq)/;
/** Maximum time for such an end. */
const MAX_END_MS = 1000;

/**
 * Ends the process. Node restores the modes of terminals at its end, and crashes if one is gone, so this function
 * closes such a terminal first.
 */
export function exit(code: number): never {
  for (const fd of TERMINALS) if (!isatty(fd)) closeSync(fd);
  const active = process.getActiveResourcesInfo();
  // A system look-up of a name cannot be cancelled and takes up to half a minute; a normal end would wait for it.
  if (active.includes('GetAddrInfoReqWrap')) {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  }
  if (active.some((one) => MAY_HANG.test(one))) endAfterwards();
  process.exit(code);
}

/** Starts a process that kills this one if it does not end, because no code runs here after the exit. */
function endAfterwards(): void {
  const program = `process.stdin.resume().on('close', () => process.exit());
    setTimeout(() => process.kill(${process.pid}, 'SIGKILL'), ${MAX_END_MS});`;
  spawn(process.execPath, ['--eval', program], {
    stdio: ['pipe', 'ignore', 'ignore'], // the pipe is closed when this process has ended
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    detached: true,
    windowsHide: true,
  }).on('error', () => {}); // then it is waited for
}
