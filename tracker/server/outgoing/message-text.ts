import { MAX_TRACKER_MESSAGE_BYTES, RPC_SHOAL_ERROR } from '@shoal/sdk/protocol';
import { createJSONRPCErrorResponse, isJSONRPCResponse } from 'json-rpc-2.0';

/**
 * Serialises a message, and never exceeds the limit of a client, which would end its connection. Lists are cut where
 * they are built. Only an answer that repeats a long request can be too long; it is replaced by a refusal.
 */
export function messageText(message: object): string {
  const text = JSON.stringify(message);
  if (fits(text)) return text;
  if (!isJSONRPCResponse(message))
    throw new Error(`An event of ${Buffer.byteLength(text)} bytes is more than a client takes.`);
  const why = 'The answer is too long for one message: request fewer items at once.';
  return JSON.stringify(createJSONRPCErrorResponse(message.id, RPC_SHOAL_ERROR, why, { code: 'INVALID_ARGUMENT' }));
}

function fits(text: string): boolean {
  // A character has at most three bytes.
  return text.length * 3 <= MAX_TRACKER_MESSAGE_BYTES || Buffer.byteLength(text) <= MAX_TRACKER_MESSAGE_BYTES;
}
