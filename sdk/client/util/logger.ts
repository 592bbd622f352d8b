/** The four levels that every logger has (console, pino, a VS Code `LogOutputChannel`). */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
