import assert from 'node:assert/strict';
import { MAX_TRACKER_MESSAGE_BYTES } from '../../../../sdk/protocol/index.js';
import { messageText } from '../../../../tracker/server/outgoing/message-text.js';

describe('a message to a client', () => {
  const answer = (text: string) => ({ jsonrpc: '2.0', id: 7, result: { text } });
  const around = Buffer.byteLength(JSON.stringify(answer('')));

  for (const [what, character, bytes] of [
    ['plain', 'a', 1],
    ['wide', 'あ', 3],
    ['escaped', '"', 2],
  ] as const) {
    it(`is as long as a client accepts, and no longer, of ${what} characters`, () => {
      const most = Math.floor((MAX_TRACKER_MESSAGE_BYTES - around) / bytes);
      const longest = messageText(answer(character.repeat(most)));
      assert.deepEqual(JSON.parse(longest), answer(character.repeat(most)));
      const instead: unknown = JSON.parse(messageText(answer(character.repeat(most + 1))));
      const message = 'The answer is too long for one message: request fewer items at once.';
      const error = { code: -32_000, message, data: { code: 'INVALID_ARGUMENT' } };
      assert.deepEqual(instead, { jsonrpc: '2.0', id: 7, error });
    });
  }

  it('is never an event that is longer', () => {
    const event = { jsonrpc: '2.0', method: 'fileShared', params: { text: 'a'.repeat(MAX_TRACKER_MESSAGE_BYTES) } };
    assert.throws(() => messageText(event), /more than a client takes/);
  });
});
