import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { errnoOf, readFileWithin, writeFileDurably } from '../../disk/index.js';

/** The ports to choose from: above those of well-known services, and below those that systems give to outgoing connections. */
export const LOWEST_KEPT_PORT = 20_000;
export const HIGHEST_KEPT_PORT = 32_767;

const MAX_BYTES = 1024;
const FILE = z.object({ port: z.number().int().min(LOWEST_KEPT_PORT).max(HIGHEST_KEPT_PORT) });

/**
 * The port at which a device serves pieces if its user names none, in `listen-port.json`. It is the same after every start, because rules of
 * firewalls and forwards of routers name it.
 */
export class KeptPort {
  readonly #path: string;
  #port: number | undefined;

  private constructor(path: string, port: number | undefined) {
    this.#path = path;
    this.#port = port;
  }

  /** A file that cannot be read counts as none: another port does as well. @param warn hears of it */
  static async open(dataDir: string, warn: (message: string) => void): Promise<KeptPort> {
    const path = join(dataDir, 'listen-port.json');
    try {
      const text = await readFileWithin(path, MAX_BYTES);
      return new KeptPort(path, FILE.parse(JSON.parse(text.toString('utf8'))).port);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        warn(`${path} cannot be read: this device chooses another port to serve pieces at.`);
      return new KeptPort(path, undefined);
    }
  }

  /** The port of earlier runs; undefined before the first. */
  get port(): number | undefined {
    return this.#port;
  }

  /** A port to try: that of earlier runs, or any. */
  choose(): number {
    return this.#port ?? randomInt(LOWEST_KEPT_PORT, HIGHEST_KEPT_PORT + 1);
  }

  /** Another port than that of earlier runs. */
  chooseOther(): number {
    for (;;) {
      const port = randomInt(LOWEST_KEPT_PORT, HIGHEST_KEPT_PORT + 1);
      if (port !== this.#port) return port;
    }
  }

  /** This port works. @throws the disk's errors */
  async keep(port: number): Promise<void> {
    if (port === this.#port) return;
    await writeFileDurably(this.#path, `${JSON.stringify({ port })}\n`);
    this.#port = port;
  }
}
