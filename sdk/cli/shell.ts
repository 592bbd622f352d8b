import { ShoalError } from '../index.js';
import type { AnyDownload, PeerClient } from './client.js';
import type { Command, CommandContext, Memory } from './command.js';
import { COMMANDS, findCommand } from './commands/index.js';
import type { Display } from './display/display.js';
import { type Quoting, scanWords, splitSecretLine, splitWords } from './texts/words.js';
import { withinLimit } from './time-limit.js';

export interface ShellOptions {
  readonly client: PeerClient;
  readonly display: Display;
  readonly quoting: Quoting;
  /** Time limit of a command; undefined: none. */
  readonly timeLimitMs?: number | undefined;
  readonly askSecret?: (question: string, signal: AbortSignal) => Promise<string>;
}

/** Runs commands one at a time, and shows their outcome. */
export class Shell {
  readonly #options: ShellOptions;
  readonly #beginning = new Set<AnyDownload>();
  readonly #memory: Memory = {};
  #running: AbortController | undefined;
  #left = false;
  #failed = false;
  /** The command that waits for confirmation. */
  #unconfirmed: Command | undefined;
  #last: Command | undefined;

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  /** Whether a command asked to exit. */
  get left(): boolean {
    return this.#left;
  }

  /** Whether a command or an awaited download failed. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether a command reports the start of this download itself. */
  reports(download: AnyDownload): boolean {
    return this.#beginning.has(download);
  }

  /** Runs the command on a line; ignores empty lines and lines that begin with `#`. Never rejects. */
  async execute(line: string): Promise<void> {
    if (/^\s*(#|$)/.test(line)) return;
    const { display, timeLimitMs } = this.#options;
    const running = new AbortController();
    this.#running = running;
    try {
      const answer = await withinLimit(timeLimitMs, running, this.#run(line, running.signal));
      display.work(undefined);
      if (answer.leave) this.#left = true;
      if (answer.failed) this.#failed = true;
      this.#unconfirmed = answer.asksAgain ? this.#last : undefined;
      display.answer(answer);
    } catch (thrown) {
      this.#failed = true;
      display.work(undefined);
      display.failure(ShoalError.from(thrown));
    } finally {
      this.#running = undefined;
    }
  }

  /** Makes the exit code report unfinished downloads. */
  leavesUndone(): void {
    this.#failed = true;
  }

  /** Reports a failure outside a command. */
  fail(error: ShoalError): void {
    this.#failed = true;
    this.#options.display.failure(error);
  }

  /** Stops the current command. Returns false if there is none or it was already stopped. */
  interrupt(): boolean {
    if (!this.#running || this.#running.signal.aborted) return false;
    this.#running.abort();
    return true;
  }

  async #run(line: string, signal: AbortSignal) {
    const { client, display, quoting, askSecret } = this.#options;
    const command = findCommand(COMMANDS, scanWords(line, quoting)[0]?.value ?? '');
    this.#last = command;
    const secretAt = command.args.findIndex((arg) => arg.kind === 'password');
    const secrets = command.args.filter((arg) => arg.kind === 'password').length;
    const {
      words: [, ...words],
      formerly,
    } =
      secretAt === -1
        ? { words: splitWords(line, quoting), formerly: undefined }
        : splitSecretLine(line, quoting, secretAt + 1, secrets);
    const context: CommandContext = {
      client,
      signal,
      quoting,
      formerPassword: formerly,
      isConfirmed: this.#unconfirmed === command,
      askSecret: askSecret && ((question) => askSecret(question, signal)),
      showWork: (text) => display.work(text),
      beginning: this.#beginning,
      memory: this.#memory,
    };
    return command.run(words, context);
  }
}
