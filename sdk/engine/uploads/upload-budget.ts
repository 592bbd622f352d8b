import { MAX_CHANNELS, type RequesterFrame } from '../../protocol/index.js';
import { Allowances } from '../../transfer/index.js';

/**
 * What may be asked of a server beside file data, in the microseconds of a core that it takes about; who asks for more is read
 * more slowly. A gigabyte takes 50,000, and a folder of 10,000 small files 500,000, which are saved up.
 */
const DEVICE = { perSecond: 100_000, burst: 1_000_000 };
/** All devices of one user together. */
const USER = { perSecond: 2 * DEVICE.perSecond, burst: 2 * DEVICE.burst };
/** Files that one device has open, on all its connections: one connection's worth, and what a broken line left. */
const MAX_CHANNELS_A_DEVICE = 2 * MAX_CHANNELS;

/** What a frame takes at least, by its type: with what is written in answer, file data apart. */
const FRAME_COST: Readonly<Record<RequesterFrame['type'], number>> = {
  ticket: 400,
  open: 20,
  close: 6,
  request: 25,
  cancel: 6,
  ping: 10,
  want: 3,
};
/** For each piece that a WANT names, and for each that a file has which is opened. */
const WANTED_PIECE_COST = 0.05;
const MAPPED_PIECE_COST = 0.002;
/** A handshake, which is done by the time its device is known. */
const HANDSHAKE_COST = 2000;
/** Who has less of the burst left has just taken all of it. */
const ENTRY_SHARE = 0.1;
/** Reading a piece and digesting it. */
export const LOOK_COST = 1500;

export function costOf(frame: RequesterFrame): number {
  return FRAME_COST[frame.type] + (frame.type === 'want' ? frame.count * WANTED_PIECE_COST : 0);
}

export function costOfOpening(pieceCount: number): number {
  return pieceCount * MAPPED_PIECE_COST;
}

/**
 * What those who are served may take, a device on all of its connections and a user on all devices: who hangs up and comes back
 * finds what was left.
 */
export class UploadBudget {
  readonly #devices = new Allowances(DEVICE);
  readonly #users = new Allowances(USER);
  readonly #channels = new Map<string, number>();

  /** A device finished a handshake; false when it is to be turned away: it took too much just before. */
  admit(deviceId: string, nowMs: number): boolean {
    const device = this.#devices.of(deviceId, nowMs);
    const mayEnter = device.has(ENTRY_SHARE, nowMs);
    device.spend(HANDSHAKE_COST, nowMs);
    return mayEnter;
  }

  /** So much was done for a device, of these users; for how long nothing more is to be read of it. */
  spend(deviceId: string, users: Iterable<string>, cost: number, nowMs: number): number {
    let waitMs = this.#devices.of(deviceId, nowMs).spend(cost, nowMs);
    for (const user of users) waitMs = Math.max(waitMs, this.#users.of(user, nowMs).spend(cost, nowMs));
    return waitMs;
  }

  /** A device opens a file; false when it has too many open. To be met by one `closed`. */
  opened(deviceId: string): boolean {
    const open = this.#channels.get(deviceId) ?? 0;
    if (open >= MAX_CHANNELS_A_DEVICE) return false;
    this.#channels.set(deviceId, open + 1);
    return true;
  }

  closed(deviceId: string): void {
    const open = this.#channels.get(deviceId) ?? 0;
    if (open > 1) this.#channels.set(deviceId, open - 1);
    else this.#channels.delete(deviceId);
  }

  /** Forgets those of whom there is nothing to know; to be called every second or so. */
  review(nowMs: number): void {
    this.#devices.review(nowMs);
    this.#users.review(nowMs);
  }
}
