import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Surroundings } from '../../../sdk/cli/peer.js';
import { runProgram } from '../../../sdk/cli/program.js';
import { VERSION } from '../../../sdk/index.js';
import { Stranger } from '../client/strangers.js';

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Outcome> {
  return runUntil(new AbortController().signal, ...args);
}

async function runUntil(stop: AbortSignal, ...args: string[]): Promise<Outcome> {
  const [stdin, stdout, stderr] = [
    new PassThrough(),
    new PassThrough({ encoding: 'utf8' }),
    new PassThrough({ encoding: 'utf8' }),
  ];
  const around = { stdin, stdout, stderr, env: {}, platform: process.platform } as unknown as Surroundings;
  const exitCode = await runProgram(args, around, stop);
  return { exitCode, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
}

describe('the program', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-program-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('tells its version and its help on standard output', async () => {
    assert.deepEqual(await run('--version'), { exitCode: 0, stdout: `${VERSION}\n`, stderr: '' });
    const { exitCode, stdout, stderr } = await run('--help');
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /Usage: shoal .*<IP:PORT> <tracker>/);
  });

  it('refuses wrong arguments in one line, with exit code 2', async () => {
    const missing = join(folder, 'no-such-file');
    const cases: [args: string[], stderr: RegExp][] = [
      [[], /^error USAGE: Missing required argument 'IP:PORT'\. See shoal --help\.\n$/],
      [['127.0.0.1:0'], /^error USAGE: Missing required argument 'tracker'\. .*\n$/],
      [['127.0.0.1:0', 'x', 'y'], /^error USAGE: Too many arguments.*\n$/],
      [['127.0.0.1:0', 'x', '--frob'], /^error USAGE: Unknown option '--frob'\. .*\n$/],
      [['127.0.0.1:0', 'x', '--log-level', 'loud'], /^error USAGE: .*Allowed choices are debug.*\n$/],
      [['127.0.0.1:0', 'x', '--timeout', 'soon'], /^error USAGE: .*'soon' is invalid\. Write seconds.*\n$/],
      [['127.0.0.1:0', 'x', '--timeout', '0'], /^error USAGE: .*'0' is invalid\. Write seconds.*\n$/],
      [['127.0.0.1:0', 'x', '--timeout', '9e9'], /^error USAGE: .*'9e9' is invalid\. Write seconds.*\n$/],
      [['nowhere', 'x'], /^error INVALID_ARGUMENT: "nowhere" is not an address.*\n$/],
      [['127.0.0.1:0', missing, '--data', folder], /^error TRACKER_INVALID: .*no-such-file cannot be read.*\n$/],
      [['inspect', missing], /^error PATH_NOT_FOUND: .*\n$/],
      [['inspect', folder], /^error NOT_A_FILE: .*\n$/],
      [['inspect'], /^error USAGE: Missing required argument 'file'\. .*\n$/],
    ];
    for (const [args, expected] of cases) {
      const { exitCode, stdout, stderr } = await run(...args);
      assert.match(stderr, expected);
      assert.deepEqual([exitCode, stdout], [2, ''], args.join(' '));
    }
  });

  it('waits no longer than it may for a tracker that says nothing', async () => {
    const mute = await Stranger.listen('mute');
    try {
      const tracker = `wss://127.0.0.1:${mute.port}`;
      const data = join(folder, 'data');
      const { exitCode, stderr } = await run('127.0.0.1:0', tracker, '--data', data, '--timeout', '0.2');
      assert.equal(stderr, 'error TIMEOUT: Not done within 0.2 s (--timeout).\n');
      assert.equal(exitCode, 2);
    } finally {
      mute.close();
    }
  });

  it('ends when it is told to while the tracker has not answered, and leaves nothing behind', async () => {
    for (const kind of ['mute', 'silent TLS', 'silent socket'] as const) {
      const stranger = await Stranger.listen(kind);
      try {
        const data = join(folder, kind);
        const stop = new AbortController();
        void stranger.visited.then(() => stop.abort());
        const { exitCode, stderr } = await runUntil(
          stop.signal,
          ...['127.0.0.1:0', `wss://127.0.0.1:${stranger.port}`, '--data', data],
        );
        assert.deepEqual([exitCode, stderr], [2, 'error ABORTED: Stopped, as asked.\n']);
        for (const file of ['lock', 'known-trackers.json']) assert.equal(existsSync(join(data, file)), false);
      } finally {
        stranger.close();
      }
    }
  });

  it('refuses to advertise a place where nobody can be sent', async () => {
    const tracker = 'wss://127.0.0.1:1';
    const { exitCode, stderr } = await run('127.0.0.1:0', tracker, '--data', folder, '--advertise', '192.0.2.7:80');
    assert.match(
      stderr,
      /^error INVALID_ARGUMENT: Peers cannot dial 192\.0\.2\.7:80: .*Advertise another address\.\n$/,
    );
    assert.equal(exitCode, 2);
  });

  it('shows the stack trace with --debug only', async () => {
    const { stderr } = await run('inspect', join(folder, 'no-such-file'), '--debug');
    assert.match(stderr, /^error PATH_NOT_FOUND: .*\n.*\n? {4}at /);
  });

  for (const sizeBytes of [0, 1, 524_287, 524_288, 524_289, 1_600_000]) {
    it(`inspects a file of ${sizeBytes} bytes`, async () => {
      const path = join(folder, `${sizeBytes}.bin`);
      const bytes = Buffer.alloc(sizeBytes, 'shoal');
      writeFileSync(path, bytes);
      const sha1 = (part: Buffer) => createHash('sha1').update(part).digest('hex');
      const pieces = Array.from({ length: Math.ceil(sizeBytes / 524_288) }, (_, index) =>
        sha1(bytes.subarray(index * 524_288, (index + 1) * 524_288)),
      );

      const { exitCode, stdout } = await run('inspect', path, '--json');
      const { manifestId, ...report } = JSON.parse(stdout) as Record<string, unknown>;
      assert.equal(exitCode, 0);
      assert.match(String(manifestId), /^[0-9a-f]{64}$/);
      assert.deepEqual(report, {
        path,
        sizeBytes,
        pieceBytes: 524_288,
        pieceCount: pieces.length,
        algorithm: 'sha1',
        fileDigest: sha1(bytes),
        pieceDigests: pieces,
        pieceHashString: pieces.map((piece) => piece.slice(0, 20)).join(''),
      });

      const text = (await run('inspect', path)).stdout;
      assert.match(text, new RegExp(`^SHA-1 +${sha1(bytes)}$`, 'm'));
      assert.match(text, new RegExp(`^manifest id +${String(manifestId)}$`, 'm'));
      for (const [index, piece] of pieces.entries()) assert.match(text, new RegExp(`^piece ${index} +${piece}$`, 'm'));
    });
  }

  it('inspects with SHA-256 where asked', async () => {
    const path = join(folder, 'sha256.bin');
    writeFileSync(path, 'shoal');
    const { stdout } = await run('inspect', path, '--algorithm', 'sha256');
    assert.match(stdout, new RegExp(`^SHA-256 +${createHash('sha256').update('shoal').digest('hex')}$`, 'm'));
  });
});
