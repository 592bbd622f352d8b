import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PeerClient } from '../../../sdk/cli/client.js';
import { type InteractiveOptions, runInteractive } from '../../../sdk/cli/interactive.js';
import { FakeTerminal } from './terminal/fake-terminal.js';

/** The program at a terminal in memory, with a data folder of its own. */
export class TerminalSession {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'shoal-terminal-'));
  terminal = new FakeTerminal();
  stop = new AbortController();
  ended: Promise<boolean> = Promise.resolve(true);
  /** Draws progress, as time does for a user. */
  tick = (): void => {};

  async open(client: PeerClient, { color = false, ...more }: Partial<InteractiveOptions> = {}): Promise<void> {
    this.stop = new AbortController();
    const { terminal, dataDir, stop } = this;
    const { input, output } = terminal;
    const common = { quoting: 'posix', color, debug: false, dataDir, greeting: 'hello', stop: stop.signal } as const;
    const repeat = (act: () => void) => {
      this.tick = act;
      return () => {
        this.tick = () => {};
      };
    };
    this.ended = runInteractive({ client, input, output, repeat, ...common, ...more });
    while (terminal.screen().length < 2) await delay(1);
  }

  history(): string[] {
    return readFileSync(join(this.dataDir, 'history'), 'utf8').trimEnd().split('\n');
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.ended;
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
