import { MAX_CHANNELS, type RequesterFrame } from '../../protocol/index.js';
import { Allowances } from '../../transfer/index.js';

/**
 * Budget of a device besides file data, in microseconds of a core. A peer that exceeds it is read more slowly. A
 * gigabyte costs 50,000, and a folder of 10,000 small files 500,000, which accumulate.
 */
const DEVICE = { perSecond: 100_000, burst: 1_000_000 };
/** Budget of all devices of one user. */
const USER = { perSecond: 2 * DEVICE.perSecond, burst: 2 * DEVICE.burst };
/** Files that one device has open on all its connections: those of one connection, and of a broken one. */
const MAX_CHANNELS_A_DEVICE = 2 * MAX_CHANNELS;

/** Minimum cost of a frame by type, including the answer without file data. */
const FRAME_COST: Readonly<Record<RequesterFrame['type'], number>> = {
  ticket: 400,
  open: 20,
  close: 6,
  request: 25,
  cancel: 6,
  ping: 10,
  want: 3,
};
/** Cost for each piece in a WANT, and for each piece of an opened file. */
const WANTED_PIECE_COST = 0.05;
const MAPPED_PIECE_COST = 0.002;
/** Cost of a handshake, which is over when its device is known. */
const HANDSHAKE_COST = 2000;
/** A device with less than this fraction of its burst has just used it up. */
const ENTRY_SHARE = 0.1;
/** Cost of reading and digesting a piece. */
export const LOOK_COST = 1500;

export function costOf(frame: RequesterFrame): number {
  return FRAME_COST[frame.type] + (frame.type === 'want' ? frame.count * WANTED_PIECE_COST : 0);
}

export function costOfOpening(pieceCount: number): number {
  return pieceCount * MAPPED_PIECE_COST;
}

/** The budgets of served devices and users, over all their connections: reconnecting does not restore a budget. */
export class UploadBudget {
  readonly #devices = new Allowances(DEVICE);
  readonly #users = new Allowances(USER);
  readonly #channels = new Map<string, number>();

  /**
   * A device completed a handshake. Returns false if it must be disconnected because it has just used up its budget.
   */
  admit(deviceId: string, nowMs: number): boolean {
    const device = this.#devices.of(deviceId, nowMs);
    const mayEnter = device.has(ENTRY_SHARE, nowMs);
    device.spend(HANDSHAKE_COST, nowMs);
    return mayEnter;
  }

  /** Charges a device and its users. Returns how long to pause reading from it. */
  spend(deviceId: string, users: Iterable<string>, cost: number, nowMs: number): number {
    let waitMs = this.#devices.of(deviceId, nowMs).spend(cost, nowMs);
    for (const user of users) waitMs = Math.max(waitMs, this.#users.of(user, nowMs).spend(cost, nowMs));
    return waitMs;
  }

  /** A device opens a file. Returns false if it has too many open. Each needs a `closed`. */
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

  /** Forgets full budgets. Call it about once a second. */
  review(nowMs: number): void {
    this.#devices.review(nowMs);
    this.#users.review(nowMs);
  }
}
