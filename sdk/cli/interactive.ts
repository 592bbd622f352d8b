import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { createColors } from 'picocolors';
import { ShoalError } from '../index.js';
import type { AnyDownload, PeerClient } from './client.js';
import { DownloadTicker, type Repeat } from './display/ticker.js';
import { announce } from './notices.js';
import { Shell } from './shell.js';
import { Completion, type Completions } from './terminal/completion.js';
import { GatedOutput, type TerminalOutput } from './terminal/gated-output.js';
import { HISTORY_SIZE, loadHistory, saveHistory, withoutSecrets } from './terminal/history.js';
import { type JobControl, PROCESS_GROUP, type TerminalInput } from './terminal/job-control.js';
import { progressRows } from './terminal/progress-rows.js';
import { Screen } from './terminal/screen.js';
import { TerminalDisplay } from './terminal/terminal-display.js';
import { leavingText, underWay } from './texts/download-text.js';
import { printable } from './texts/text.js';
import type { Quoting } from './texts/words.js';

const PROGRESS_INTERVAL_MS = 250;
/** If the process still runs after this time, it was not suspended. */
const NOT_SUSPENDED_MS = 100;
/** Time for a command to stop when the user exits. */
const TO_STOP_MS = 1000;

export interface InteractiveOptions {
  readonly client: PeerClient;
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly quoting: Quoting;
  readonly color: boolean;
  readonly debug: boolean;
  /** Folder of the history. */
  readonly dataDir: string;
  /** The first line on the screen. */
  readonly greeting: string;
  /** Aborted when the program is to end. */
  readonly stop: AbortSignal;
  /** Default: that of this process. */
  readonly jobControl?: JobControl;
  /** How progress is drawn again and again. Default: by a timer. */
  readonly repeat?: Repeat;
  /** Receives a function that writes a line above the prompt, for a log. */
  readonly onScreen?: (print: (line: string) => void) => void;
}

/**
 * Runs commands from a terminal until the user exits. Failed commands do not matter then.
 * @returns whether downloads were running at the exit
 */
export async function runInteractive(options: InteractiveOptions): Promise<boolean> {
  const historyPath = join(options.dataDir, 'history');
  const history = await loadHistory(historyPath);
  const session = new Session(options, historyPath, history);
  return session.run();
}

interface Question {
  answer(text: string): void;
  fail(error: ShoalError): void;
}

class Session {
  readonly #options: InteractiveOptions;
  readonly #gate: GatedOutput;
  readonly #readline: Interface;
  readonly #screen: Screen;
  readonly #display: TerminalDisplay;
  readonly #shell: Shell;
  readonly #completion: Completion;
  readonly #historyPath: string;
  /** Lines that were typed while a command ran. */
  readonly #typedAhead: string[] = [];
  #isBusy = false;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;
  #question: Question | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSuspended = false;

  constructor(options: InteractiveOptions, historyPath: string, history: string[]) {
    const { client, input, output, quoting, color, debug } = options;
    this.#options = options;
    this.#historyPath = historyPath;
    this.#gate = new GatedOutput(output);
    this.#completion = new Completion(client, quoting);
    this.#readline = createInterface({
      input,
      output: this.#gate,
      terminal: true,
      history,
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: Completions) => void) => void this.#complete(line, done),
    });
    this.#screen = new Screen(this.#readline, this.#gate, output);
    this.#display = new TerminalDisplay(this.#screen, createColors(color), debug);
    const askSecret = (question: string, signal: AbortSignal) => this.#askSecret(question, signal);
    this.#shell = new Shell({ client, display: this.#display, quoting, askSecret });
  }

  /** Resolves when the user exits or the program is to end. Returns whether downloads were running. */
  async run(): Promise<boolean> {
    const { client, quoting, greeting, stop, repeat, onScreen } = this.#options;
    const closed = new Promise<void>((resolve) => {
      this.#readline.once('close', () => {
        this.#isClosed = true;
        this.#screen.close();
        resolve();
      });
    });
    const close = () => this.#readline.close();
    stop.addEventListener('abort', close);
    this.#readline.on('error', () => {}); // the input's, of which whoever gave it hears, too
    this.#readline.on('line', (line) => this.#onLine(line));
    this.#readline.on('SIGINT', () => this.#onInterrupt());
    const { jobControl = PROCESS_GROUP } = this.#options;
    this.#readline.on('SIGTSTP', () => this.#suspend(jobControl));
    const stopListening = jobControl.onContinued(() => this.#wakeUp());
    this.#readline.on('history', (history: string[]) => this.#onHistory(history));
    this.#display.notice(greeting);
    onScreen?.((line) => this.#display.notice(line));
    announce({
      client,
      quoting,
      show: (text) => this.#display.notice(text),
      isReported: (download) => this.#shell.reports(download),
    });
    const showProgress = (inFlight: readonly AnyDownload[]) =>
      this.#display.progress(progressRows(inFlight, this.#screen.columns - 1, this.#screen.statusRows));
    const ticker = new DownloadTicker(client, PROGRESS_INTERVAL_MS, showProgress, repeat);
    this.#showPrompt();
    await closed;
    ticker.stop();
    stopListening();
    stop.removeEventListener('abort', close);
    this.#typedAhead.length = 0;
    this.#shell.interrupt();
    await Promise.race([this.#running, delay(TO_STOP_MS, undefined, { ref: false })]);
    if (!this.#shell.left) this.#sayGoodbye();
    this.#gate.destroy();
    await this.#saving;
    return !stop.aborted && underWay(client).length > 0;
  }

  #onLine(line: string): void {
    this.#screen.submitted(line);
    if (this.#question) {
      this.#question.answer(line);
      return;
    }
    this.#typedAhead.push(line);
    if (!this.#isBusy) this.#running = this.#runTyped();
  }

  async #runTyped(): Promise<void> {
    this.#isBusy = true;
    for (let line = this.#typedAhead.shift(); line !== undefined; line = this.#typedAhead.shift()) {
      if (line.trim() === '') continue;
      this.#screen.setPrompt('');
      await this.#shell.execute(line);
      if (this.#shell.left) {
        this.#readline.close();
        return;
      }
    }
    this.#isBusy = false;
    this.#showPrompt();
  }

  #showPrompt(): void {
    const { userId } = this.#options.client;
    this.#screen.setPrompt(userId === undefined ? 'shoal> ' : `shoal ${printable(userId)}> `);
  }

  #onInterrupt(): void {
    this.#typedAhead.length = 0;
    if (this.#question) {
      this.#screen.submitted('');
      this.#question.fail(new ShoalError('ABORTED', 'Stopped, as asked.'));
      return;
    }
    if (this.#shell.interrupt()) return;
    if (this.#isBusy) {
      this.#readline.close(); // asked a second time, and the command still does not end
      return;
    }
    if (this.#readline.line === '') {
      this.#display.notice('type quit or press Ctrl-D to exit; help lists the commands');
      return;
    }
    const abandoned = `${this.#readline.getPrompt()}${this.#readline.line}^C`;
    this.#clearLine();
    this.#screen.print([abandoned]);
  }

  /** Ctrl-Z: returns the terminal to the shell. */
  #suspend(jobControl: JobControl): void {
    this.#isSuspended = true;
    this.#screen.withdraw();
    this.#options.input.setRawMode?.(false);
    jobControl.suspend();
    // Without job control, the signal has no effect and no notification.
    setTimeout(() => this.#isSuspended && this.#wakeUp(), NOT_SUSPENDED_MS).unref();
  }

  /** Takes the terminal back, whatever its mode and content. */
  #wakeUp(): void {
    this.#isSuspended = false;
    if (this.#isClosed) return;
    const { input } = this.#options;
    this.#readline.pause();
    input.setRawMode?.(false); // readline would not set a mode that it considers set
    input.setRawMode?.(true);
    this.#screen.restore();
    this.#readline.resume();
  }

  #askSecret(question: string, signal: AbortSignal): Promise<string> {
    this.#clearLine();
    this.#screen.beginSecret(question);
    return new Promise<string>((resolve, reject) => {
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', stop);
        this.#question = undefined;
        this.#clearLine(); // a partly typed secret must not be visible either
        this.#screen.endSecret();
        end();
      };
      const stop = () => settle(() => reject(new ShoalError('ABORTED', 'Stopped, as asked.')));
      signal.addEventListener('abort', stop);
      this.#question = { answer: (text) => settle(() => resolve(text)), fail: (error) => settle(() => reject(error)) };
      if (signal.aborted) stop();
    });
  }

  /** Clears the unsent input. */
  #clearLine(): void {
    if (this.#isClosed) return;
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
  }

  /** Readline passes its own list, newest first: changes to it are permanent. */
  #onHistory(history: string[]): void {
    const [newest] = history;
    const kept = this.#question || newest === undefined ? undefined : withoutSecrets(newest, this.#options.quoting);
    if (kept === undefined) {
      history.shift();
    } else {
      const older = history.indexOf(kept, 1);
      if (older !== -1) history.splice(older, 1);
      history[0] = kept;
    }
    const lines = [...history];
    this.#saving = this.#saving.then(() => saveHistory(this.#historyPath, lines));
  }

  async #complete(line: string, done: (error: null, result: Completions) => void): Promise<void> {
    const completions: Completions = this.#question ? [[], line] : await this.#completion.complete(line);
    if (completions[0].length > 1) this.#screen.withdrawStatus();
    done(null, completions);
  }

  #sayGoodbye(): void {
    const left = leavingText(this.#options.client);
    this.#options.output.write(`bye${left && `; ${left}`}\n`);
  }
}
