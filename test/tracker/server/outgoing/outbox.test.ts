import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { OPTIONAL_EVENTS, TRACKER_EVENTS, type TrackerEventName } from '../../../../sdk/protocol/index.js';
import { Deliveries } from '../../../../tracker/server/outgoing/deliveries.js';
import { Notice } from '../../../../tracker/server/outgoing/notice.js';
import { Outbox } from '../../../../tracker/server/outgoing/outbox.js';
import { UnreadTotal } from '../../../../tracker/server/outgoing/unread.js';

/** A client that reads, or not. */
class Reader {
  readonly OPEN = 1;
  readyState = 1;
  isReading = true;
  readonly messages: { method?: TrackerEventName; params: never }[] = [];
  #untaken: (() => void)[] = [];

  send(text: string, taken: () => void): void {
    this.messages.push(JSON.parse(text) as Reader['messages'][number]);
    if (this.isReading) taken();
    else this.#untaken.push(taken);
  }

  read(): void {
    this.isReading = true;
    for (const taken of this.#untaken.splice(0)) taken();
  }

  terminate(): void {
    this.readyState = 3;
  }
}

function open(accepts: readonly string[] = OPTIONAL_EVENTS, total = new UnreadTotal(1 << 30)) {
  const reader = new Reader();
  const outbox = new Outbox(reader as unknown as WebSocket, new Deliveries(), total, 1000);
  outbox.accepts = new Set(accepts);
  return { reader, outbox };
}

const hex = (number: number) => number.toString(16).padStart(64, '0');
const came = (file: number, device: number, complete = true, groupId = 'lab') =>
  new Notice({
    event: 'sourceCame',
    payload: {
      ...{ groupId, manifestId: hex(file) },
      source: { deviceId: hex(device), userId: 'ann', host: '192.0.2.1', port: 9000, complete },
    },
  });
const went = (file: number, device: number, groupId = 'lab') =>
  new Notice({ event: 'sourceWent', payload: { groupId, manifestId: hex(file), deviceId: hex(device) } });

/** What a client knows of the sources after all these messages. */
function sourcesAfter(messages: Reader['messages']): Map<string, boolean> {
  const known = new Map<string, boolean>();
  type Change = {
    groupId: string;
    manifestId: string;
    deviceId?: string;
    source?: { deviceId: string; complete: boolean };
  };
  const apply = ({ groupId, manifestId, deviceId, source }: Change) => {
    const key = `${groupId} ${manifestId} ${source?.deviceId ?? deviceId}`;
    if (source) known.set(key, source.complete);
    else known.delete(key);
  };
  for (const { method, params } of messages) {
    if (method === 'sourcesChanged') for (const change of (params as { changes: Change[] }).changes) apply(change);
    else if (method === 'sourceCame' || method === 'sourceWent') apply(params);
  }
  return known;
}

/** Waits until nothing is queued. */
async function settled(outbox: Outbox, reader: Reader): Promise<void> {
  for (let before = -1; before < reader.messages.length; ) {
    before = reader.messages.length;
    await sleep(120);
    outbox.flush();
  }
}

describe('the outgoing messages of a client', () => {
  it('have few and the latest events, however many there were, all in the format of the protocol', async () => {
    const { reader, outbox } = open();
    const all: Notice[] = [];
    for (let round = 0; round < 20; round++)
      for (let file = 0; file < 500; file++) all.push(round % 2 === 0 ? came(file, round % 4) : went(file, round % 4));
    for (const notice of all) outbox.tell(notice);
    await settled(outbox, reader);
    assert.ok(reader.messages.length < 200, `${reader.messages.length} messages for ${all.length} events`);
    const each = all.map(({ news }) => ({ method: news.event, params: news.payload as never }));
    assert.deepEqual(sourcesAfter(reader.messages), sourcesAfter(each));
    for (const { method, params } of reader.messages) if (method) TRACKER_EVENTS[method].parse(params);
  });

  it('leave a client in the same state as single events would', async () => {
    const change = fc.record({ file: fc.nat(3), device: fc.nat(2), kind: fc.nat(2), flushes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 100, maxLength: 200 }), async (changes) => {
        const { reader, outbox } = open();
        const all = changes.map(({ file, device, kind, flushes }) => {
          const notice = kind === 0 ? went(file, device) : came(file, device, kind === 1);
          outbox.tell(notice);
          if (flushes) outbox.flush();
          return { method: notice.news.event, params: notice.news.payload as never };
        });
        await settled(outbox, reader);
        assert.deepEqual(sourcesAfter(reader.messages), sourcesAfter(all));
      }),
      { numRuns: 4 },
    );
  });

  it('contain missed if it did not read in time, without disconnecting it', async () => {
    const { reader, outbox } = open();
    reader.isReading = false;
    outbox.send(JSON.stringify({ answer: 'x'.repeat(100_000), params: {} }));
    for (let file = 0; file < 10_000; file++) outbox.tell(came(file, 1, true, file % 2 ? 'lab' : 'club'));
    assert.equal(reader.readyState, 1);
    assert.equal(reader.messages.length, 1, 'nothing but the answer so far');
    reader.read();
    outbox.tell(went(1, 1, 'elsewhere'));
    await settled(outbox, reader);
    const missed = reader.messages.filter(({ method }) => method === 'missed').map(({ params }) => params);
    assert.deepEqual(missed, [{ groupId: 'club' }, { groupId: 'lab' }]);
    assert.ok(sourcesAfter(reader.messages).size < 10_000);
    const told = reader.messages.length;
    outbox.tell(came(1, 1));
    outbox.flush();
    assert.equal(reader.messages.length, told + 1, 'and it hears again of what comes');
  });

  it('disconnect a client of 0.1 that did not read in time', () => {
    const { reader, outbox } = open([]);
    reader.isReading = false;
    outbox.send(JSON.stringify({ answer: 'x'.repeat(100_000), params: {} }));
    for (let file = 0; file < 10_000; file++) outbox.tell(came(file, 1));
    assert.equal(reader.readyState, 3, 'it comes back, and asks for everything');
  });

  it('pause its requests if it does not read', async () => {
    const { reader, outbox } = open();
    assert.equal(outbox.room(), undefined);
    reader.isReading = false;
    outbox.send(JSON.stringify({ params: 'x'.repeat(2000) }));
    let hasRoom = false;
    const room = outbox.room()?.then(() => {
      hasRoom = true;
    });
    await sleep(1);
    assert.equal(hasRoom, false);
    reader.read();
    await room;
  });

  it('of all clients have a total bound: the one with the most unread data is disconnected', () => {
    const total = new UnreadTotal(100_000);
    const clients = Array.from({ length: 10 }, () => open([], total));
    clients.forEach(({ reader, outbox }, index) => {
      reader.isReading = false;
      outbox.send(JSON.stringify({ params: 'x'.repeat(index === 3 ? 40_000 : 8000) }));
    });
    assert.deepEqual(
      clients.map(({ reader }) => reader.readyState === 1),
      clients.map((_, index) => index !== 3),
    );
  });
});
