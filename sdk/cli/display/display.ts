import type { ShoalError } from '../../index.js';
import type { Answer } from '../command.js';

/** `--quiet` hides news, but not trouble. */
export type NoticeKind = 'news' | 'trouble';

/** The output of a session: a terminal, or pipes. */
export interface Display {
  /** Shows the answer of a command. */
  answer(answer: Answer): void;
  /** Shows why a command failed. */
  failure(error: ShoalError): void;
  /** Shows an event. */
  notice(text: string, kind?: NoticeKind): void;
  /** Shows the progress of a long command; undefined at its end. */
  work(text: string | undefined): void;
}

/** A display that shows only results and errors. */
export function quietly(display: Display): Display {
  return {
    answer: (answer) => display.answer(answer),
    failure: (error) => display.failure(error),
    notice(text, kind) {
      if (kind === 'trouble') display.notice(text, kind);
    },
    work: () => {},
  };
}

/** The line of a failed command, followed by stack traces in debug mode. */
export function errorLines(error: ShoalError, debug: boolean): string[] {
  const line = `error ${error.code}: ${error.message}`;
  if (!debug) return [line];
  const traces: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    traces.push(cause.stack ?? cause.message);
  return [line, ...traces.join('\ncaused by ').split('\n')];
}
