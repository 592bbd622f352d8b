import { randomBytes } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { argon2id, argon2Verify } from 'hash-wasm';
import type { PasswordAnswer, PasswordOrder } from './passwords.js';

/** A worker thread for Argon2id, which is slow on purpose. It receives one order at a time. */

/** Memory and passes according to OWASP's password storage cheat sheet. */
const COST = { memorySize: 19 * 1024, iterations: 2, parallelism: 1, hashLength: 32 };

async function run(order: PasswordOrder): Promise<PasswordAnswer> {
  const { password } = order;
  if (order.type === 'verify' && order.hash !== undefined)
    return { matches: await argon2Verify({ password, hash: order.hash }) };
  const hash = await argon2id({ ...COST, password, salt: randomBytes(16), outputType: 'encoded' });
  return order.type === 'hash' ? { hash } : { matches: false };
}

parentPort?.on('message', (order: PasswordOrder) => {
  void run(order)
    .catch((error: unknown): PasswordAnswer => ({ error: String(error) }))
    .then((answer) => parentPort?.postMessage(answer));
});
