import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, readFileWithin, writeFileDurably } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import { NONCE_BYTES } from '../../reach/portmap/index.js';
import type { Logger } from '../util/logger.js';

const MAX_BYTES = 1024;
const FILE = z.object({ nonce: z.string().regex(new RegExp(`^[0-9a-f]{${2 * NONCE_BYTES}}$`)) });

/**
 * The secret bytes by which a PCP router recognises this device, in `router-nonce.json`. With the same ones after a crash, the router gives the
 * device the mapping that it had.
 */
export class KeptNonce {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'router-nonce.json');
  }

  /** The bytes, from the disk or new. A file that cannot be read or written is no obstacle: other bytes do as well. */
  async get(logger: Logger): Promise<Uint8Array> {
    try {
      const text = await readFileWithin(this.#path, MAX_BYTES);
      return Buffer.from(FILE.parse(JSON.parse(text.toString('utf8'))).nonce, 'hex');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') logger.warn(`${this.#path} cannot be read: it is written anew.`);
    }
    const nonce = randomBytes(NONCE_BYTES);
    await writeFileDurably(this.#path, `${JSON.stringify({ nonce: nonce.toString('hex') })}\n`).catch(
      (error: unknown) => {
        const why = ShoalError.from(error).message;
        logger.warn(`After a crash the router may open another port for this device: ${why}`);
      },
    );
    return nonce;
  }
}
