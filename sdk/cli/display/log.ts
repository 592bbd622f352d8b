import type { Logger } from '../../index.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A logger that writes each message of `level` and above as a line: time, level, message. */
export function createLogger(level: LogLevel, write: (line: string) => void): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const at = (name: keyof Logger) => (message: string) => {
    if (LOG_LEVELS.indexOf(name) >= least) write(`${new Date().toISOString()} ${name} ${message}`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
