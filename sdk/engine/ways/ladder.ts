import type { ConnectMode } from '../network-messages.js';

/**
 * How a stream to a peer comes about: this device dials the peer, the peer dials this device, both dial one another at the
 * same time, or both dial the relay.
 */
export type Way = 'direct' | 'back' | 'punch' | 'relay';

/** The order in which ways begin. */
export const WAYS: readonly Way[] = ['direct', 'back', 'punch', 'relay'];

/** A way, as one search for a stream sees it. */
export type WayState = 'untried' | 'trying' | 'failed';

export interface LadderView {
  /** The ways that the user allows. */
  readonly connect: ConnectMode;
  /** Whether the peer can be asked to meet. */
  readonly meets: boolean;
  /** Whether the tracker found that the peer cannot be dialled. */
  readonly isBehind: boolean;
  readonly states: Readonly<Record<Way, WayState>>;
  /** Time since the search began. */
  readonly elapsedMs: number;
}

export interface LadderStep {
  /** The ways to begin now. */
  readonly start: readonly Way[];
  /** When to ask again even if nothing happens, since the search began; undefined: no time changes the answer. */
  readonly againMs: number | undefined;
  /** Whether every allowed way has failed. */
  readonly isOver: boolean;
}

/** A peer that does not answer within this time is asked to call back while its addresses are still dialled. */
const BACK_AFTER_MS = 1000;
/** A peer that has not called back within this time may be unable to, and both dial. */
const PUNCH_AFTER_BACK_MS = 1000;
/** The relay is used once the other ways have failed, or after this time. */
const RELAY_AFTER_MS = 4000;
/** If the tracker cannot dial a peer, and the two cannot meet otherwise, only an address in the own network may still answer: soon. */
const RELAY_AFTER_DIAL_MS = 1000;
/** When a relayed connection looks for another way, after it began or the network changed; then again and again after the last one. */
const UPGRADE_AFTER_MS: readonly number[] = [60_000, 300_000, 900_000];

/** Whether a way may be used to a peer. */
export function isAllowed(way: Way, connect: ConnectMode, meets: boolean): boolean {
  if (way === 'relay') return meets && connect !== 'direct';
  return connect !== 'relay' && (way === 'direct' || meets);
}

/** Decides which ways to begin: direct, then called back, then both at the same time, then relayed. Ways that began go on until one of them connects. */
export function nextStep({ connect, meets, isBehind, states, elapsedMs }: LadderView): LadderStep {
  const open = (way: Way) => isAllowed(way, connect, meets) && states[way] !== 'failed';
  const backMs = isBehind || !open('direct') ? 0 : BACK_AFTER_MS;
  const dialMs = isBehind ? RELAY_AFTER_DIAL_MS : RELAY_AFTER_MS;
  const beginsMs: Record<Way, number> = {
    direct: 0,
    back: backMs,
    punch: open('back') ? backMs + PUNCH_AFTER_BACK_MS : backMs,
    relay: open('back') || open('punch') ? RELAY_AFTER_MS : open('direct') ? dialMs : 0,
  };
  const untried = WAYS.filter((way) => open(way) && states[way] === 'untried');
  const later = untried.map((way) => beginsMs[way]).filter((beginMs) => beginMs > elapsedMs);
  return {
    start: untried.filter((way) => beginsMs[way] <= elapsedMs),
    againMs: later.length > 0 ? Math.min(...later) : undefined,
    isOver: !WAYS.some(open),
  };
}

/** When a relayed connection looks for another way for the next time. @param tries how often it has */
export function upgradeAfterMs(tries: number): number {
  return UPGRADE_AFTER_MS[Math.min(tries, UPGRADE_AFTER_MS.length - 1)] ?? 0;
}
