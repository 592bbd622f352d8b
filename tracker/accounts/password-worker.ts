import { randomBytes } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { argon2id, argon2Verify } from 'hash-wasm';
import type { PasswordAnswer, PasswordOrder } from './passwords.js';

/** A worker thread for Argon2id, which is slow on purpose. */

/** Memory and passes as OWASP's password storage cheat sheet has them. */
const COST = { memorySize: 19 * 1024, iterations: 2, parallelism: 1, hashLength: 32 };

async function run(order: PasswordOrder): Promise<PasswordAnswer> {
  const { id, password } = order;
  if (order.type === 'verify') return { id, matches: await argon2Verify({ password, hash: order.hash }) };
  return { id, hash: await argon2id({ ...COST, password, salt: randomBytes(16), outputType: 'encoded' }) };
}

/** One at a time: each takes the memory of one, and the first to come is the first to be done. */
let turn = Promise.resolve();

parentPort?.on('message', (order: PasswordOrder) => {
  turn = turn.then(async () => {
    const answer = await run(order).catch((error: unknown): PasswordAnswer => ({ id: order.id, error: String(error) }));
    parentPort?.postMessage(answer);
  });
});
