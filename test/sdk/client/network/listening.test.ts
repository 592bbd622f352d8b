import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptPort } from '../../../../sdk/client/local/kept-port.js';
import { startListening } from '../../../../sdk/client/network/listening.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';
import type { Engine } from '../../../../sdk/engine/index.js';
import { createTlsIdentity, type TlsIdentity } from '../../../../sdk/identity/index.js';
import { hasCode } from '../support.js';

describe('listening for peers', () => {
  let folder: string;
  let identity: TlsIdentity;
  const engines: Engine[] = [];
  const warnings: string[] = [];
  const { signal } = new AbortController();

  before(async () => {
    identity = await createTlsIdentity('a device');
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-listening-'));
  });
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    warnings.length = 0;
    rmSync(folder, { recursive: true, force: true });
  });

  async function listenAt(host: string, port = 0): Promise<number> {
    const kept = await KeptPort.open(folder, (message) => warnings.push(message));
    const logger = { ...SILENT, warn: (message: string) => void warnings.push(message) };
    const { engine, address } = await startListening(identity, { host, port }, kept, logger, signal);
    engines.push(engine);
    return address.port;
  }

  it('takes the same port after every start, on every network', async () => {
    const port = await listenAt('0.0.0.0');
    await engines.pop()?.close();
    assert.equal(await listenAt('0.0.0.0'), port);
    assert.deepEqual(warnings, []);
  });

  it('takes another port if that one is taken, keeps it, and tells so', async () => {
    const port = await listenAt('0.0.0.0');
    await engines.pop()?.close();
    const other = createServer().listen(port, '0.0.0.0');
    await once(other, 'listening');
    try {
      const next = await listenAt('0.0.0.0');
      assert.notEqual(next, port);
      assert.match(warnings.join(), new RegExp(`has port ${port}: .* port ${next} from now on`));
      assert.equal((await KeptPort.open(folder, assert.fail)).port, next);
    } finally {
      other.close();
    }
  });

  it('takes what the user names, and keeps no port then', async () => {
    await listenAt('127.0.0.1');
    assert.deepEqual(readdirSync(folder), []);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const address = taken.address();
      assert.ok(typeof address === 'object' && address);
      await assert.rejects(listenAt('127.0.0.1', address.port), hasCode('LISTEN_FAILED'));
      await assert.rejects(listenAt('0.0.0.0', address.port), hasCode('LISTEN_FAILED'));
    } finally {
      taken.close();
    }
    await assert.rejects(listenAt('no-such-host.invalid', 7001), hasCode('LISTEN_FAILED'));
  });
});
