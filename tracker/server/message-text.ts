import { MAX_TRACKER_MESSAGE_BYTES, RPC_SHOAL_ERROR } from '@shoal/sdk/protocol';
import { createJSONRPCErrorResponse, isJSONRPCResponse } from 'json-rpc-2.0';

/**
 * A message as it is sent, and never more than a client takes: one that is longer would end its connection. Lists are cut where they
 * are made, so what remains is an answer that repeats a long question; it is refused in its place.
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
  // A character has three bytes at most.
  return text.length * 3 <= MAX_TRACKER_MESSAGE_BYTES || Buffer.byteLength(text) <= MAX_TRACKER_MESSAGE_BYTES;
}
