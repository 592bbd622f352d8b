import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KnownTrackers } from '../../../../sdk/client/local/known-trackers.js';
import { meetTracker } from '../../../../sdk/client/tracker/tracker-meeting.js';
import { ShoalClient, ShoalError } from '../../../../sdk/index.js';
import { startQuickTracker } from '../../../support/plain-passwords.js';
import { Stranger, type StrangerKind } from '../strangers.js';
import { hasCode } from '../support.js';

/** For those who would never answer: the test need not wait as long as a user may. */
const PATIENCE_MS = 300;
const NO_TRACKER = /No tracker answers at 127\.0\.0\.1:\d+ \(.+\): check address and port/;
const OTHER = /The server at 127\.0\.0\.1:\d+ is not a Shoal tracker \(.+\): check the port/;

const STRANGERS: [kind: StrangerKind, message: RegExp][] = [
  ['mute', NO_TRACKER],
  ['plain', /does not speak TLS/],
  ['silent TLS', OTHER],
  ['other TLS', OTHER],
  ['web', /404/],
  ['drip', OTHER],
  ['silent socket', OTHER],
  ['echo', OTHER],
];

/** Those who may have answered before anybody gives up. */
const ANSWERING: ReadonlySet<StrangerKind> = new Set(['plain', 'other TLS', 'web', 'echo']);

describe('meeting a tracker', () => {
  let folder: string;
  let stranger: Stranger | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-meeting-'));
  });
  afterEach(() => {
    stranger?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [kind, message] of STRANGERS) {
    it(`says what is wrong with one that is none, and keeps no key of it: ${kind}`, async () => {
      stranger = await Stranger.listen(kind);
      const known = await KnownTrackers.open(folder);
      const location = { host: '127.0.0.1', port: stranger.port };
      const { signal } = new AbortController();
      await assert.rejects(
        meetTracker({ location, known, check: () => {}, signal, answerTimeoutMs: PATIENCE_MS }),
        (error) => hasCode('TRACKER_UNREACHABLE')(error) && message.test(String(error)),
      );
      assert.equal(known.expected(location), undefined);
      assert.equal(existsSync(join(folder, 'known-trackers.json')), false);
    });

    it(`is given up at once by a signal, and by closing the client: ${kind}`, async () => {
      stranger = await Stranger.listen(kind);
      const options = { dataDir: join(folder, 'peer'), listen: '127.0.0.1:0' };
      for (const end of ['signal', 'close'] as const) {
        const client = new ShoalClient({ ...options, tracker: { host: '127.0.0.1', port: stranger.port } });
        const stop = new AbortController();
        const connecting = client.connect({ signal: stop.signal }).catch((error: unknown) => error);
        await stranger.visited;
        if (end === 'signal') stop.abort();
        else await client.close();
        const codes = [
          end === 'signal' ? 'ABORTED' : 'CLOSED',
          ...(ANSWERING.has(kind) ? ['TRACKER_UNREACHABLE'] : []),
        ];
        const error = await connecting;
        assert.ok(error instanceof ShoalError && codes.includes(error.code), String(error));
        await client.close();
        assert.equal(existsSync(join(folder, 'peer', 'lock')), false);
      }
    });
  }

  it('remembers one that answers as a tracker, and goes on to know it by its key', async () => {
    const tracker = await startQuickTracker({ dataDir: join(folder, 'tracker') });
    try {
      const known = await KnownTrackers.open(folder);
      const location = { host: tracker.host, port: tracker.port };
      const { signal } = new AbortController();
      const { socket, online } = await meetTracker({ location, known, check: () => {}, signal });
      socket.destroy();
      online.agent.destroy();
      assert.equal(online.fingerprint, tracker.fingerprint);
      assert.deepEqual(JSON.parse(readFileSync(join(folder, 'known-trackers.json'), 'utf8')), {
        [`${tracker.host}:${tracker.port}`]: tracker.fingerprint,
      });
      assert.equal((await KnownTrackers.open(folder)).expected(location), tracker.fingerprint);
    } finally {
      await tracker.close();
    }
  });
});
