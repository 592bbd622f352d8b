import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import { manifestId } from '../../../sdk/protocol/index.js';
import type { Accounts } from '../../../tracker/accounts/accounts.js';
import { AddressBudgets } from '../../../tracker/server/budgets/address-budgets.js';
import { DEFAULT_LIMITS } from '../../../tracker/server/budgets/limits.js';
import { UploadRoom } from '../../../tracker/server/budgets/upload-room.js';
import type { Guest } from '../../../tracker/server/connections/door.js';
import { type HttpContext, handleHttp } from '../../../tracker/server/http-routes.js';
import type { Metrics } from '../../../tracker/server/metrics.js';
import type { Store } from '../../../tracker/store/store.js';
import { changed, type Sample } from '../mutations.js';
import { chunksOf, type FuzzInput, type FuzzTarget, pick } from '../target.js';
import { manifestSamples } from './binary.js';

/** The server's end of a connection in memory. */
class Wire extends Duplex {
  readonly heard: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.heard.push(chunk);
    done();
  }
}

/** Manifests that are uploaded: Node's HTTP parser and the tracker's route behind it, without a network. */
export function manifestPutTarget(): FuzzTarget {
  const stored = new Set<string>();
  const context = {
    store: {
      admitManifest: async () => {},
      putManifest: async ({ manifestId: id }: { manifestId: string }) => void stored.add(id),
    } as unknown as Store,
    accounts: { resume: async () => ({ userId: 'ann' }) } as unknown as Accounts,
    budgets: new AddressBudgets(
      { ...DEFAULT_LIMITS, manifestBytesPerAddress: { atOnce: 1e15, perHour: 1e15 } },
      Date.now,
    ),
    metrics: { contentType: 'text/plain', text: async () => '' } as unknown as Metrics,
    log: { error: () => {} } as unknown as HttpContext['log'],
    door: { guest: (): Guest => ({ stage: 'silent' }) },
    swarm: { check: async () => {} },
    uploads: new UploadRoom(),
    stop: { isBegun: false },
    now: Date.now,
  };
  const answering = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = handleHttp(request, response, context).finally(() => answering.delete(work));
    answering.add(work);
  });

  async function decode(input: FuzzInput): Promise<void> {
    const wire = new Wire({ allowHalfOpen: true });
    const closed = new Promise((resolve) => wire.once('close', resolve));
    wire.on('error', () => {}); // the parser's; 'close' follows
    server.emit('connection', wire);
    for (const chunk of chunksOf(input)) if (chunk.length > 0 && !wire.destroyed) wire.push(chunk);
    if (!wire.destroyed) wire.push(null);
    await closed;
    await Promise.all(answering);
    const answer = Buffer.concat(wire.heard).toString('latin1');
    assert.doesNotMatch(answer, /^HTTP\/1\.1 5/m);
    if (answer !== '') assert.match(answer, /^HTTP\/1\.1 (100|20[04]|4\d\d) /);
    for (const id of stored) assert.match(id, /^[0-9a-f]{64}$/);
    stored.clear();
  }

  return {
    inputs: (seed) => changed(samples(seed)),
    mostBuffer: (bytes) => bytes.length + 128 * 1024,
    decode,
    close: async () => {
      server.closeAllConnections();
    },
  };
}

function samples(seed: number): Sample[] {
  return manifestSamples(seed).map(({ bytes }, index) => {
    const declared = index % 7 === 0 ? bytes.length + pick([1, -1, 1 << 26, 2 ** 53, 1e300], index) : bytes.length;
    const lines = [
      `PUT /manifests/${manifestId(bytes)} HTTP/1.1`,
      'host: tracker',
      'authorization: Bearer token',
      index % 11 === 0 ? 'transfer-encoding: chunked' : `content-length: ${declared}`,
      ...(index % 5 === 0 ? ['expect: 100-continue'] : []),
    ];
    const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
    return { bytes: Buffer.concat([head, bytes]), fields: [head.length, head.length + 4, head.length + 9] };
  });
}
