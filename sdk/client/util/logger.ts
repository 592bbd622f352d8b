/** A logger with four levels, such as `console`, a pino logger or a `LogOutputChannel` of VS Code. */
export interface Logger {
  /** Details for developers. */
  debug(message: string): void;
  /** Normal events. */
  info(message: string): void;
  /** Something to look at; the client continues. */
  warn(message: string): void;
  /** A failure. */
  error(message: string): void;
}

export const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
