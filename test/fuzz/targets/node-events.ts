import assert from 'node:assert/strict';
import { placeOf } from '../../../tracker/reach/announced.js';
import {
  decodeBody,
  decodeDevice,
  decodeEnvelope,
  encodeDevice,
  encodeEvent,
  MAX_EVENT_LENGTH,
} from '../../../tracker/swarm/redis/cluster/wire.js';
import { changed } from '../mutations.js';
import type { FuzzTarget } from '../target.js';

const HOLDING = { groupId: 'lab', manifestId: '11'.repeat(32) };
const DEVICE_ID = 'ab'.repeat(32);
const DEVICE = {
  ...placeOf({ endpoint: { port: 1024 } }, '192.0.2.1', true),
  ...{ deviceId: DEVICE_ID, userId: 'ann', meets: true },
};
const WATCHERS = { kind: 'watchers', holding: HOLDING, exceptDeviceId: DEVICE_ID } as const;

/** Events and devices that a node of a tracker reads from Redis. Memory: one event is bounded (`MAX_EVENT_LENGTH`), and parsed once. */
export function nodeEventsTarget(): FuzzTarget {
  const source = { ...DEVICE, complete: true };
  const texts = [
    encodeDevice(DEVICE),
    encodeEvent('node:1', WATCHERS, { event: 'source', holding: HOLDING, source, isReachOnly: false }),
    encodeEvent('node:1', WATCHERS, { event: 'sourceWent', payload: { ...HOLDING, deviceId: DEVICE_ID } }),
    encodeEvent('node:1', { kind: 'users', userIds: ['ann', 'bob'] }, { event: 'missed', payload: { groupId: null } }),
    encodeEvent('node:1', { kind: 'node', node: 'node:2' }, { event: 'replaced', deviceId: DEVICE_ID, stamp: '17' }),
    encodeEvent(
      'node:1',
      { kind: 'node', node: 'node:2' },
      { event: 'relayWanted', request: 'ab'.repeat(16), asker: 'node:1', requester: DEVICE, source: DEVICE },
    ),
    encodeEvent(
      'node:2',
      { kind: 'node', node: 'node:1' },
      {
        event: 'relayAnswered',
        request: 'ab'.repeat(16),
        tokens: { requester: 'r'.repeat(22), source: 's'.repeat(22) },
      },
    ),
    encodeEvent(
      'node:1',
      { kind: 'users', userIds: ['ann'] },
      { event: 'withdrawUser', userId: 'ann', groupId: 'lab' },
    ),
  ];
  const pool = texts.map((text) => ({ bytes: Buffer.from(text), fields: fieldsOf(text) }));
  return {
    inputs: () => changed(pool, undefined, 3),
    mostBuffer: (bytes) => 16 * bytes.length + 16_384,
    decode: ({ bytes }) => {
      const text = bytes.toString('utf8');
      const device = decodeDevice(text);
      if (device) assert.ok(device.addresses.length <= 8 && device.userId.length <= 256);
      const envelope = decodeEnvelope(text);
      if (!envelope) return;
      assert.ok(text.length <= MAX_EVENT_LENGTH && envelope.bodyText.length < text.length);
      const body = decodeBody(envelope.bodyText);
      if (body) assert.equal(typeof body.event, 'string');
    },
  };
}

/** Where a value or a line begins. */
function fieldsOf(text: string): number[] {
  return [...text.matchAll(/[:\n]/g)].map(({ index }) => index);
}
