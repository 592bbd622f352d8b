import type { Readable } from 'node:stream';

/** What is needed of a terminal to read from. */
export type TerminalInput = Readable & { setRawMode?(isRaw: boolean): unknown };

/** What a shell's job control does with a program at a terminal. */
export interface JobControl {
  /** Does what Ctrl-Z does where the terminal is not in raw mode. */
  suspend(): void;
  /** Hears when the program goes on, whoever had stopped it. @returns what ends that */
  onContinued(listener: () => void): () => void;
}

/** All processes of a job are suspended together: npx, say, and what it runs. */
export const PROCESS_GROUP: JobControl = {
  suspend() {
    process.kill(0, 'SIGTSTP');
  },
  onContinued(listener) {
    process.on('SIGCONT', listener);
    return () => process.off('SIGCONT', listener);
  },
};
