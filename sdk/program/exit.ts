import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

const TERMINALS = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Whether a hang-up (SIGHUP) is for this program: one of its standard streams is, or was, a terminal. Who detached it from all
 * (nohup does) wants it to go on; that nohup had the signal ignored cannot be seen, since Node undoes it at its start.
 */
export const endsByHangup = TERMINALS.length > 0;

/** What Node's end waits for: threads that are listened to, and calls about files in the background. Those that wait for a disk that hangs can never be ended. */
const MAY_HANG = /^(MessagePort|FSReq)/;
/** So long such an end may take. */
const MAX_END_MS = 1000;

/** Ends the process. Node gives terminals their modes back then, and dies on one that is gone: such a one is closed before. */
export function exit(code: number): never {
  for (const fd of TERMINALS) if (!isatty(fd)) closeSync(fd);
  const active = process.getActiveResourcesInfo();
  // The system's look-up of a name cannot be given up, takes up to half a minute, and an end in order would wait for it.
  if (active.includes('GetAddrInfoReqWrap')) {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  }
  if (active.some((one) => MAY_HANG.test(one))) endAfterwards();
  process.exit(code);
}

/** Has another process end this one, unless it has ended before: from the end on, nothing runs here any more. */
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
