import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ensurePrograms } from '../../support/system-programs.js';
import { SHOAL, SHOAL_TRACKER, Stage } from '../support/processes.js';

/** Below the time limit of a test, so that its failure says what was shown. */
const PATIENCE_MS = 50_000;

/** A program at a real terminal, which `script` makes and holds. */
class AtTerminal {
  readonly #script: ChildProcess;
  #shown = '';
  #seen = 0;
  #wake = () => {};

  constructor(command: string) {
    const env = { ...process.env, TERM: 'xterm', NO_COLOR: '1', PS1: '$ ' };
    this.#script = spawn('script', ['-qfec', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#script.stdin?.on('error', () => {});
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
      this.#wake();
    });
  }

  type(keys: string): void {
    this.#script.stdin?.write(keys);
  }

  /** Waits until something is shown, after what was waited for before. Rejects with what is shown instead. */
  async shows(what: string): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const at = this.#shown.indexOf(what, this.#seen);
      if (at !== -1) {
        this.#seen = at + what.length;
        return;
      }
      const leftMs = endMs - performance.now();
      assert.ok(leftMs > 0, `"${what}" is not shown, but ${JSON.stringify(this.#shown.slice(this.#seen))}`);
      const timer = setTimeout(() => this.#wake(), leftMs);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      }).finally(() => clearTimeout(timer));
    }
  }

  /** Closes the terminal, as when its window is closed. */
  async hangUp(): Promise<void> {
    if (this.#script.exitCode !== null || this.#script.signalCode !== null) return;
    this.#script.kill('SIGKILL');
    await once(this.#script, 'exit');
  }
}

describe('at a real terminal', () => {
  if (process.platform === 'win32') return;
  let stage: Stage;
  let trackerInfo: string;
  let terminal: AtTerminal | undefined;

  before(async () => {
    await ensurePrograms('These tests', [{ names: ['script'], debian: 'bsdutils' }]);
    stage = await Stage.open();
    trackerInfo = await stage.trackerInfo(await stage.startTracker());
  });
  afterEach(() => terminal?.hangUp());
  after(() => stage.close());

  const quoted = (...words: string[]) => words.map((word) => `'${word}'`).join(' ');
  const peer = (name: string) =>
    quoted(process.execPath, SHOAL, '127.0.0.1:0', trackerInfo, '--data', stage.path('peers', name));

  it('takes up what was typed after Ctrl-Z and fg', async () => {
    terminal = new AtTerminal('bash --norc --noprofile -i');
    terminal.type(`${peer('suspended')}\r`);
    await terminal.shows('shoal> ');
    terminal.type('hel');
    await terminal.shows('hel');
    for (let round = 0; round < 2; round++) {
      terminal.type('\x1a');
      await terminal.shows('Stopped');
      terminal.type('echo in the"" shell\r');
      await terminal.shows('in the shell');
      terminal.type('fg\r');
      await terminal.shows('shoal> hel');
    }
    terminal.type('p quit\r');
    await terminal.shows('quit  exit;');
    terminal.type('quit\r');
    await terminal.shows('bye');
  });

  it('goes on where nobody can suspend it', async () => {
    terminal = new AtTerminal(peer('alone'));
    await terminal.shows('shoal> ');
    terminal.type('\x1a');
    await terminal.shows('shoal> ');
    terminal.type('quit\r');
    await terminal.shows('bye');
  });

  // A terminal that closes signals only the session's first process. A shell passes that on to the processes that it started.
  const readsOn = (command: string) => `trap '' HUP; ${command}`;
  const isTold = (command: string) => `trap 'kill -HUP $p' HUP; ${command} & p=$!; wait $p; wait $p`;
  const programs: [what: string, command: () => string, ready: string][] = [
    ['a peer', () => readsOn(`${peer('hung-up')} 2> ${stage.path('errors')}`), 'shoal> '],
    [
      'a tracker',
      () => {
        const words = [process.execPath, SHOAL_TRACKER, '--listen', '127.0.0.1:0', '--data', stage.path('hung-up')];
        return isTold(`${quoted(...words)} 2> ${stage.path('errors')}`);
      },
      'or this address:',
    ],
  ];
  for (const [what, command, ready] of programs) {
    it(`ends in order when the terminal is closed: ${what}`, async () => {
      const code = stage.path(`code of ${what}`);
      terminal = new AtTerminal(`${command()}; echo ended $? > '${code}'`);
      await terminal.shows(ready);
      await terminal.hangUp();
      while (!(await readFile(code, 'utf8').catch(() => '')).endsWith('\n')) await delay(20);
      assert.match(await readFile(code, 'utf8'), /^ended [01]\n$/); // not killed by a signal
      assert.doesNotMatch(await readFile(stage.path('errors'), 'utf8'), /^error|EIO/m);
    });
  }

  it('outlives a hang-up without a terminal, as under nohup', async () => {
    const program = stage.startPeer('detached', trackerInfo);
    assert.equal(await program.say('create_user ann pass-word'), 'user ann created');
    assert.ok(program.pid);
    process.kill(program.pid, 'SIGHUP');
    assert.equal(await program.say('create_user ben pass-word'), 'user ben created');
    assert.equal(await program.stop(), 0);
  });
});
