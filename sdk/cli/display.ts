import type { ShoalError } from '../index.js';
import type { Answer } from './command.js';

/** Trouble is told even to those who want to hear of nothing but results and errors. */
export type NoticeKind = 'news' | 'trouble';

/** Where a session's lines go. One stands for a terminal, one for pipes. */
export interface Display {
  /** What a command did. */
  answer(answer: Answer): void;
  /** What a command did not do, and why. */
  failure(error: ShoalError): void;
  /** Something that happened by itself. */
  notice(text: string, kind?: NoticeKind): void;
  /** How far a long command is; undefined when it is over. */
  work(text: string | undefined): void;
}

/** A display that shows results and errors only. */
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

/** A failed command's one line, and behind it the stack traces for those who want them. */
export function errorLines(error: ShoalError, debug: boolean): string[] {
  const line = `error ${error.code}: ${error.message}`;
  if (!debug) return [line];
  const traces: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    traces.push(cause.stack ?? cause.message);
  return [line, ...traces.join('\ncaused by ').split('\n')];
}
