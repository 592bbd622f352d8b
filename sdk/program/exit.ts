import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

const TERMINALS = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Whether a hang-up (SIGHUP) is for this program: one of its standard streams is, or was, a terminal. Who detached it from all
 * (nohup does) wants it to go on; that nohup had the signal ignored cannot be seen, since Node undoes it at its start.
 */
export const endsByHangup = TERMINALS.length > 0;

/** Ends the process. Node gives terminals their modes back then, and dies on one that is gone: such a one is closed before. */
export function exit(code: number): never {
  for (const fd of TERMINALS) if (!isatty(fd)) closeSync(fd);
  // The system's look-up of a name cannot be given up, takes up to half a minute, and an end in order would wait for it.
  if (process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')) {
    process.removeAllListeners('SIGTERM');
    process.kill(process.pid, 'SIGTERM');
  }
  process.exit(code);
}
