import { MAX_MANIFEST_BYTES, ShoalError } from '@shoal/sdk/protocol';
import { FairQueue } from '../../fair-queue.js';

/** Bytes of manifests under upload: of one user, from one address, in total. */
const MAX_USER_BYTES = MAX_MANIFEST_BYTES;
const MAX_ADDRESS_BYTES = 2 * MAX_MANIFEST_BYTES;
const MAX_BYTES = 3 * MAX_MANIFEST_BYTES;

/** Manifests up to this size (of files up to 25 GiB) have their own room, so that large ones do not delay them. */
const SMALL_BYTES = 1024 * 1024;
const MAX_SMALL_BYTES = 64 * 1024 * 1024;
const MAX_SMALL_BYTES_A_USER = MAX_SMALL_BYTES / 8;
const MAX_SMALL_BYTES_AN_ADDRESS = MAX_SMALL_BYTES / 2;

/** Waiting uploads in total and of one user, and their time limit. */
const MAX_WAITING = 1000;
const MAX_WAITING_A_USER = 64;
const LONGEST_WAIT_MS = 30_000;

/** The owner of an upload. */
export interface Uploader {
  readonly userId: string;
  readonly address: string;
}

interface Waiting extends Uploader {
  readonly bytes: number;
  enter(): void;
}

/** Room for uploads of one kind. Waiting uploads alternate between addresses and users. */
class Room {
  readonly #max: { readonly user: number; readonly address: number; readonly inAll: number };
  readonly #byUser = new Map<string, number>();
  readonly #byAddress = new Map<string, number>();
  readonly #waiting = new FairQueue<Waiting>();
  readonly #waitingByUser = new Map<string, number>();
  #bytes = 0;

  constructor(max: { user: number; address: number; inAll: number }) {
    this.#max = max;
  }

  /** Waits for room. Resolves to a function that releases it. @throws ShoalError `RATE_LIMITED` after the time limit */
  async enter(uploader: Uploader, bytes: number, signal: AbortSignal): Promise<() => void> {
    const { userId, address } = uploader;
    if (this.#waiting.size >= MAX_WAITING || (this.#waitingByUser.get(userId) ?? 0) >= MAX_WAITING_A_USER)
      throw tooMuch();
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = { ...uploader, bytes, enter: () => settle(resolve) };
      const settle = (then: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        add(this.#waitingByUser, userId, -1);
        then();
      };
      const giveUp = () => {
        if (this.#waiting.remove(address, userId, waiting)) settle(() => reject(tooMuch()));
      };
      const timer = setTimeout(giveUp, LONGEST_WAIT_MS).unref();
      signal.addEventListener('abort', giveUp);
      add(this.#waitingByUser, userId, 1);
      this.#waiting.push(address, userId, waiting);
      this.#letIn();
    });
    let isHeld = true;
    return () => {
      if (isHeld) this.#count(uploader, -bytes);
      isHeld = false;
      this.#letIn();
    };
  }

  #letIn(): void {
    for (;;) {
      const next = this.#waiting.shift((waiting) => this.#fits(waiting));
      if (!next) return;
      this.#count(next, next.bytes);
      next.enter();
    }
  }

  #fits({ userId, address, bytes }: Waiting): boolean {
    if (this.#bytes + bytes > this.#max.inAll) return false;
    if ((this.#byUser.get(userId) ?? 0) + bytes > this.#max.user) return false;
    return (this.#byAddress.get(address) ?? 0) + bytes <= this.#max.address;
  }

  #count({ userId, address }: Uploader, bytes: number): void {
    this.#bytes += bytes;
    add(this.#byUser, userId, bytes);
    add(this.#byAddress, address, bytes);
  }
}

/** Room for uploads of manifests, bounded for each user and address, so that a slow upload makes no other one fail. */
export class UploadRoom {
  readonly #small = new Room({
    user: MAX_SMALL_BYTES_A_USER,
    address: MAX_SMALL_BYTES_AN_ADDRESS,
    inAll: MAX_SMALL_BYTES,
  });
  readonly #large = new Room({ user: MAX_USER_BYTES, address: MAX_ADDRESS_BYTES, inAll: MAX_BYTES });

  /**
   * Waits for room for some bytes. Resolves to a function that releases it.
   * @throws ShoalError `RATE_LIMITED` after the time limit, or if `signal` is aborted
   */
  enter(uploader: Uploader, bytes: number, signal: AbortSignal): Promise<() => void> {
    return (bytes <= SMALL_BYTES ? this.#small : this.#large).enter(uploader, bytes, signal);
  }
}

function add(map: Map<string, number>, key: string, by: number): void {
  const sum = (map.get(key) ?? 0) + by;
  if (sum === 0) map.delete(key);
  else map.set(key, sum);
}

function tooMuch(): ShoalError {
  return new ShoalError('RATE_LIMITED', 'Too many uploads are running: try again in a moment.');
}
