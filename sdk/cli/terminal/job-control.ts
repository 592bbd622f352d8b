import type { Readable } from 'node:stream';

/** The used parts of a terminal's input. */
export type TerminalInput = Readable & { setRawMode?(isRaw: boolean): unknown };

/** Job control of a shell. */
export interface JobControl {
  /** Suspends the program, as Ctrl-Z does outside raw mode. */
  suspend(): void;
  /** Calls `listener` when the program continues. @returns a function that removes the listener */
  onContinued(listener: () => void): () => void;
}

/** Suspends all processes of a job together, for example npx and its child. */
export const PROCESS_GROUP: JobControl = {
  suspend() {
    process.kill(0, 'SIGTSTP');
  },
  onContinued(listener) {
    process.on('SIGCONT', listener);
    return () => process.off('SIGCONT', listener);
  },
};
