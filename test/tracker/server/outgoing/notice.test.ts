import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { OPTIONAL_EVENTS, TRACKER_EVENTS, type TrackerEventName } from '../../../../sdk/protocol/index.js';
import { Deliveries } from '../../../../tracker/server/outgoing/deliveries.js';
import { Notice } from '../../../../tracker/server/outgoing/notice.js';
import { Outbox } from '../../../../tracker/server/outgoing/outbox.js';
import { UnreadTotal } from '../../../../tracker/server/outgoing/unread.js';
import type { News } from '../../../../tracker/swarm/swarm.js';

interface Message {
  readonly method: TrackerEventName;
  readonly params: unknown;
}

const file = (fileName: string, version: number) => ({
  ...{ fileName, manifestId: 'ab'.repeat(32), sizeBytes: 1, sharedBy: 'ann', sharedAtMs: 1, version },
  ...{ sharersOnline: 0, completeSources: 0 },
});

function newsOf(kind: TrackerEventName, name: string, version: number): News {
  const groupId = 'lab';
  const stopped = { fileName: name, manifestId: 'ab'.repeat(32) };
  if (kind === 'fileStopped') return { event: kind, payload: { groupId, ...stopped } };
  if (kind === 'filesRemoved') return { event: kind, payload: { groupId, files: [stopped], removedBy: 'ann' } };
  if (kind === 'filesUpdated') return { event: kind, payload: { groupId, files: [file(name, version)] } };
  if (kind === 'fileUpdated') return { event: kind, payload: { groupId, file: file(name, version) } };
  return { event: 'fileShared', payload: { groupId, file: file(name, version) } };
}

/** What a client knows after all these messages: the version of each file, and the latest update that it heard of. */
function knownAfter(messages: readonly Message[]): { files: [string, number][]; updates: [string, number][] } {
  const files = new Map<string, number>();
  const updates = new Map<string, number>();
  for (const { method, params } of messages) {
    const payload = params as { file?: { fileName: string }; files?: { fileName: string; version?: number }[] };
    const about = payload.files ?? [payload.file ?? (params as { fileName: string })];
    for (const { fileName, version } of about as { fileName: string; version?: number }[]) {
      if (version === undefined) files.delete(fileName);
      else files.set(fileName, version);
      if (version !== undefined && /Updated/.test(method)) updates.set(fileName, version);
    }
  }
  return { files: [...files].sort(), updates: [...updates].sort() };
}

function open(accepts: readonly string[]) {
  const messages: Message[] = [];
  let isReading = true;
  const untaken: (() => void)[] = [];
  const socket = {
    ...{ OPEN: 1, readyState: 1 },
    send: (text: string, taken: () => void) => {
      messages.push(JSON.parse(text) as Message);
      if (isReading) taken();
      else untaken.push(taken);
    },
  };
  const outbox = new Outbox(socket as unknown as WebSocket, new Deliveries(), new UnreadTotal(1 << 30), 1000);
  outbox.accepts = new Set(accepts);
  const pause = () => {
    isReading = false;
    outbox.send(JSON.stringify({ method: 'fileStopped', params: { fileName: 'x'.repeat(100_000) } }));
    messages.length = 0;
  };
  const read = () => {
    isReading = true;
    for (const taken of untaken.splice(0)) taken();
    outbox.flush();
  };
  return { messages, outbox, pause, read };
}

describe('notices about versions', () => {
  const kinds = ['fileShared', 'fileUpdated', 'fileUpdated', 'filesUpdated', 'fileStopped', 'filesRemoved'] as const;
  const change = fc.record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom('a', 'b'), flushes: fc.boolean() });

  it('leave a client in the same state as single events would, and one of 0.1 too, whatever waits', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.boolean(), (changes, isSlow) => {
        const news = changes.map(({ kind, name }, index) => newsOf(kind, name, index + 1));
        const single = news.map(({ event, payload }) => ({ method: event, params: payload }));
        for (const accepts of [OPTIONAL_EVENTS, []]) {
          const { messages, outbox, pause, read } = open(accepts);
          if (isSlow) pause();
          for (const [index, one] of news.entries()) {
            outbox.tell(new Notice(one));
            if (changes[index]?.flushes) outbox.flush();
          }
          read();
          outbox.close();
          const known = knownAfter(messages);
          assert.deepEqual(known.files, knownAfter(single).files);
          assert.deepEqual(known.updates, accepts.length > 0 ? knownAfter(single).updates : []);
          for (const { method, params } of messages) TRACKER_EVENTS[method].parse(params);
          const unknown: readonly string[] = accepts.length > 0 ? [] : OPTIONAL_EVENTS;
          assert.deepEqual(
            messages.filter(({ method }) => unknown.includes(method)),
            [],
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('share messages if there are many', () => {
    const { messages, outbox } = open(OPTIONAL_EVENTS);
    for (let index = 0; index < 2000; index++) {
      outbox.tell(new Notice(newsOf('fileUpdated', `file ${index % 150}`, index + 1)));
      outbox.flush();
    }
    outbox.send('{"method":"fileShared","params":{"files":[]}}'); // after the events that may go now
    outbox.close();
    assert.ok(messages.length < 200, `${messages.length} messages`);
  });

  it('are dropped if a client does not know them and they have no older form', () => {
    const settings = { event: 'groupChanged', payload: { groupId: 'lab', keepDays: 1 } } as const;
    assert.equal(new Notice(settings).as(new Set()), undefined);
    const known = new Notice(settings);
    assert.equal(known.as(new Set(['groupChanged'])), known);
  });
});
