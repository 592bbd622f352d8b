import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { PIECE_BYTES, type Source } from '../../../../sdk/protocol/index.js';
import { Bench, finished, nextEvent } from '../support.js';

const PIECES = 12;

/** A server that accepts connections and hangs up. */
class HangUp {
  connections = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      this.connections++;
      socket.destroy();
    });
  }

  static async listen(): Promise<HangUp> {
    const one = new HangUp();
    one.#server.listen(0, '127.0.0.1');
    await once(one.#server, 'listening');
    return one;
  }

  /** A number of devices of one user, all announced at this address. */
  devices(count: number): Source[] {
    const { port } = this.#server.address() as AddressInfo;
    return Array.from({ length: count }, (_, device) => ({
      ...{ deviceId: device.toString(16).padStart(64, '0'), userId: 'mallory' },
      ...{ host: '127.0.0.1', port, complete: true },
    }));
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }
}

describe('a downloader, of those whom others announce', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ over: 'tls' });
  });
  afterEach(() => bench.close());

  it('dials one address some times, however many devices are to be there and hang up, and fetches from others', async () => {
    const seeder = await bench.peer();
    const path = bench.file('source', PIECES * PIECE_BYTES);
    const manifest = await bench.serve(seeder, path);
    seeder.engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond: 4 * PIECE_BYTES });
    const hangUp = await HangUp.listen();
    const leecher = await bench.peer();
    const tickets: string[] = [];
    leecher.engine.on('ticketRefused', ({ groupId }) => tickets.push(groupId));
    const out = join(bench.folder, 'out');
    const devices = hangUp.devices(60);
    const downloadId = await bench.download(leecher, manifest, out, [...devices, seeder.source]);
    const again = setInterval(() => {
      for (const source of devices) leecher.engine.send({ type: 'sourceCame', downloadId, source });
    }, 100);
    await finished(leecher, downloadId);
    clearInterval(again);
    assert.ok(readFileSync(out).equals(readFileSync(path)));
    assert.ok(hangUp.connections <= 20, `${hangUp.connections} connections`);
    assert.ok(tickets.length <= 20, `${tickets.length} times a ticket was asked for`);
    await hangUp.close();
  });

  it('comes back to one who was away', async () => {
    const seeder = await bench.peer();
    const path = bench.file('source', PIECES * PIECE_BYTES);
    const manifest = await bench.serve(seeder, path);
    const leecher = await bench.peer();
    const out = join(bench.folder, 'out');
    const [nobody] = (await HangUp.listen().then(async (one) => {
      const devices = one.devices(1);
      await one.close();
      return devices;
    })) as [Source];
    const away = { ...seeder.source, port: nobody.port };
    const waiting = nextEvent(leecher, 'downloadProgress', (event) => event.phase === 'waiting');
    const downloadId = await bench.download(leecher, manifest, out, [away]);
    await waiting;
    const end = finished(leecher, downloadId);
    leecher.engine.send({ type: 'sourceCame', downloadId, source: seeder.source });
    await end;
    assert.ok(readFileSync(out).equals(readFileSync(path)));
  });
});
