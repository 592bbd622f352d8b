import { spawn } from 'node:child_process';

/** Characters of a program's output that an error repeats. */
const TAIL = 2000;

/** Collects the end of a program's output without keeping all of it. */
export class Tail {
  #text = '';

  add(chunk: Buffer | string): void {
    this.#text = (this.#text + chunk.toString()).slice(-TAIL);
  }

  /** On one line, for an error message. */
  toString(): string {
    return this.#text.trim().replace(/\s*\n\s*/g, ' | ') || 'no output';
  }
}

/** Runs a program until it exits. Rejects with one line that contains the command and the end of its output. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; seconds?: number } = {},
): Promise<void> {
  const { seconds = 600, ...rest } = options;
  const tail = new Tail();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1000 });
    child.stdout.on('data', (chunk: Buffer) => tail.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => tail.add(chunk));
    child.once('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${[command, ...args].join(' ')} ended with ${code ?? signal}: ${tail}`));
    });
  });
}
