import assert from 'node:assert/strict';
import type { JobControl } from '../../../sdk/cli/terminal/job-control.js';
import { ShoalError } from '../../../sdk/index.js';
import { FakeDownload, fakeClient } from './fake-client.js';
import { FakeTerminal } from './terminal/fake-terminal.js';
import { TerminalSession } from './terminal-session.js';

const CTRL_C = '\x03';
const LEFT = '\x1b[D';

describe('the screen of a terminal', () => {
  let session: TerminalSession;

  beforeEach(() => {
    session = new TerminalSession();
  });
  afterEach(() => session.close());

  it('draws progress above the prompt, and takes it away at the end', async () => {
    const download = new FakeDownload('lab', 'payload.bin');
    download.progress = {
      ...download.progress,
      sources: [
        { deviceId: 'd', userId: 'bob', state: 'ready', bytes: 1, pieces: 84, bytesPerSecond: 1, path: 'direct' },
      ],
    };
    session.terminal = new FakeTerminal(100);
    const client = fakeClient({ downloads: () => [download] });
    await session.open(client);
    await session.terminal.type('list');
    session.tick();
    const bar = 'payload.bin  ████████░░░░░░░░░░░░  42% 118 MB/s eta 3s  1 source: bob 84';
    assert.deepEqual(session.terminal.screen(), ['* hello', bar, 'shoal> list']);
    await session.terminal.type(`_groups${LEFT}`);
    download.progress = { ...download.progress, doneBytes: 50 * 2 ** 20 };
    session.tick();
    assert.deepEqual(session.terminal.screen(), [
      '* hello',
      bar.replace('████████░░', '██████████').replace('42%', '50%'),
      'shoal> list_groups',
    ]);
    assert.equal(session.terminal.typed(), 'shoal> list_group|s');
    await session.terminal.type('\r');
    assert.deepEqual(session.terminal.screen().slice(0, 3), [
      '* hello',
      'shoal> list_groups',
      'error NOT_LOGGED_IN: You are not signed in: sign in first.',
    ]);
    session.tick();
    assert.match(session.terminal.screen()[3] ?? '', /^payload\.bin {2}█.*50%/);
    download.state = { name: 'complete', path: '/there/payload.bin' };
    client.emit('downloadChanged', download);
    session.tick();
    assert.deepEqual(session.terminal.screen().slice(3), [
      '* payload.bin from lab is complete: /there/payload.bin (100 MiB)',
      'shoal>',
    ]);
  });

  it('cuts progress to the width of the terminal', async () => {
    const download = new FakeDownload('lab', `${'研究'.repeat(40)}.bin`);
    await session.open(fakeClient({ downloads: () => [download] }));
    session.tick();
    assert.equal(session.terminal.screen().length, 3);
    assert.match(session.terminal.screen()[1] ?? '', /… +█+░+ {2}42% 118 MB\/s/);
  });

  it('shows how far hashing is, and stops it at Ctrl-C', async () => {
    const client = fakeClient({
      shareFile: (_path, _groupId, options = {}) =>
        new Promise((_resolve, reject) => {
          options.onProgress?.(10, 100);
          options.signal?.addEventListener('abort', () => reject(new ShoalError('ABORTED', 'Stopped, as asked.')));
        }),
    });
    await session.open(client);
    await session.terminal.type('upload_file big.bin lab\r');
    assert.deepEqual(session.terminal.screen().slice(2), ['hashing big.bin 10%']);
    await session.terminal.type(CTRL_C);
    assert.deepEqual(session.terminal.screen().slice(1), [
      'shoal> upload_file big.bin lab',
      'error ABORTED: Stopped, as asked.',
      'shoal>',
    ]);
  });

  it('keeps its lines apart when the terminal becomes narrower', async () => {
    const download = new FakeDownload('lab', 'payload.bin');
    await session.open(fakeClient({ downloads: () => [download] }));
    session.tick();
    session.terminal.resize(30);
    download.progress = { ...download.progress, doneBytes: 50 * 2 ** 20 };
    session.tick();
    const rows = session.terminal.screen().filter((line) => line.includes('%'));
    assert.equal(rows.length, 1);
    assert.equal(session.terminal.typed(), 'shoal> |');
  });

  it('gives the terminal away at Ctrl-Z, and draws all anew when it goes on', async () => {
    const modes: boolean[] = [];
    session.terminal.input.setRawMode = (isRaw: boolean) => modes.push(isRaw);
    let goOn = () => {};
    const seen: string[][] = [];
    const jobControl: JobControl = {
      suspend() {
        seen.push(session.terminal.screen());
        session.terminal.output.write('[1]+ Stopped\n$ fg\n');
        goOn();
      },
      onContinued(listener) {
        goOn = listener;
        return () => {
          goOn = () => {};
        };
      },
    };
    const download = new FakeDownload('lab', 'payload.bin', { name: 'waiting' });
    await session.open(fakeClient({ downloads: () => [download] }), { jobControl });
    session.tick();
    await session.terminal.type('hel');
    modes.length = 0;
    await session.terminal.type('\x1a');
    assert.deepEqual(seen, [['* hello']]);
    assert.deepEqual(modes, [false, false, true]);
    const screen = session.terminal.screen();
    assert.deepEqual(screen.slice(0, 3), ['* hello', '[1]+ Stopped', '$ fg']);
    assert.match(screen[3] ?? '', /^payload\.bin .*waiting/);
    assert.deepEqual(screen.slice(4), ['shoal> hel']);
    await session.terminal.type('p quit\r');
    assert.match(session.terminal.screen().join('\n'), /quit {2}exit;/);
  });
});
