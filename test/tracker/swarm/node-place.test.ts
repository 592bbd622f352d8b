import assert from 'node:assert/strict';
import { parseNodePlace } from '../../../tracker/swarm/node-place.js';
import { hasCode } from '../../support/has-code.js';

describe('where clients dial a node', () => {
  it('is an address or a name, with a port', () => {
    for (const [text, host, port] of [
      ['192.0.2.1:6970', '192.0.2.1', 6970],
      ['[2001:db8::1]:443', '2001:db8::1', 443],
      ['node-1.tracker.example:6970', 'node-1.tracker.example', 6970],
      ['127.0.0.1:6970', '127.0.0.1', 6970],
    ] as const)
      assert.deepEqual(parseNodePlace(text), { host, port });
  });

  it('is no place that clients would refuse', () => {
    for (const text of [
      '0.0.0.0:6970',
      '[::]:6970',
      '192.0.2.1:0',
      '192.0.2.1:80',
      '169.254.0.1:6970',
      'a_b:6970',
      '192.0.2.1',
    ])
      assert.throws(() => parseNodePlace(text), hasCode('INVALID_ARGUMENT'), text);
  });
});
