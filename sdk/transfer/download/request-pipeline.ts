import { RateMeter } from '../rate-meter.js';
import { SourcePace } from './source-pace.js';

/** Time constant of the measured rate. */
const RATE_TIME_CONSTANT_MS = 2000;
/** A pipeline that was empty for this long starts again. */
const IDLE_RESTART_MS = 2000;
/** Twice the bandwidth-delay product: the pipe stays full, and the rate can rise. */
const GAIN = 2;
/** Time during which either end may be busy before the pipe runs dry. */
const SLACK_MS = 10;
/**
 * Requests are sent in batches of up to this number and this fraction of the window, because each message has a cost.
 */
const MAX_LOT = 4;
const LOT_SHARE = 1 / 2;
/** A round that is this much faster than the best before shows that the pipe was not full. */
const RISING = 1.25;
/** Weight of a lone answer's delay if it exceeds the minimum so far. */
const LATENCY_RISE = 1 / 8;

export interface SourceWindowOptions {
  readonly pieceBytes: number;
  /** Minimum number of requests in flight: one being answered, one waiting. Default 2. */
  readonly minPieces?: number;
  /** Maximum number of requests in flight. Default 64. */
  readonly maxPieces?: number;
  /** Initial number of requests in flight. Default 4. */
  readonly initialPieces?: number;
}

/**
 * The number of requests to keep in flight to one source: its bandwidth × delay, measured.
 *
 * As in TCP's slow start, the window grows by one with every piece (so it doubles every round trip) until a whole round
 * is no faster than the one before. After that it is twice the measured rate times the minimum delay, like the
 * congestion window of BBR. Rate: received bytes, averaged over about two seconds. Delay: from a request that is alone
 * in the pipe to the first byte of its answer, so that waiting behind other requests does not count.
 */
export class RequestPipeline {
  readonly pace = new SourcePace();
  readonly #pieceBytes: number;
  readonly #minPieces: number;
  readonly #maxPieces: number;
  readonly #initialPieces: number;
  readonly #rate = new RateMeter(RATE_TIME_CONSTANT_MS);
  /**
   * Whether others download from the source, too. Requests in advance would then fill its system's buffers, where its
   * scheduler cannot choose and nothing can be cancelled. So the window is what the link holds, at least one piece,
   * without probing for more.
   */
  isShared = false;
  #windowPieces: number;
  /** Requests in flight to a shared source. */
  #sharedPieces = 1;
  #inFlight = 0;
  #lastSignAt = -Infinity;
  #latencyMs: number | undefined;
  /** When the request that is alone in the pipe was sent; undefined once it is answered. */
  #aloneSince: number | undefined;
  #growing = true;
  #roundStartedAt = 0;
  #roundBytes = 0;
  #roundPiecesLeft = 0;
  #bestRoundRate = 0;

  constructor({ pieceBytes, minPieces = 2, maxPieces = 64, initialPieces = 4 }: SourceWindowOptions) {
    this.#pieceBytes = pieceBytes;
    this.#minPieces = minPieces;
    this.#maxPieces = maxPieces;
    this.#initialPieces = initialPieces;
    this.#windowPieces = initialPieces;
  }

  /** Maximum number of requests in flight. */
  get windowPieces(): number {
    return this.isShared ? Math.min(this.#windowPieces, this.#sharedPieces) : this.#windowPieces;
  }

  /** Free places before the next batch of requests. */
  get lotPieces(): number {
    if (this.isShared) return 1;
    return Math.min(MAX_LOT, Math.max(1, Math.floor(this.#windowPieces * LOT_SHARE)));
  }

  /** Since when requests wait without data from the source; undefined if none is in flight. */
  get idleSince(): number | undefined {
    return this.#inFlight > 0 ? this.#lastSignAt : undefined;
  }

  bytesPerSecond(nowMs: number): number {
    return this.#rate.bytesPerSecond(nowMs);
  }

  /** Time for this many pieces at the current rate. */
  msFor(pieces: number, nowMs: number): number {
    return (pieces * this.#pieceBytes * 1000) / this.bytesPerSecond(nowMs);
  }

  /** Time for the rest of an answer, at the current rate or at its own if that is slower. */
  msForRest(bytes: number, sinceMs: number, nowMs: number): number {
    const left = Math.max(1, this.#pieceBytes - bytes);
    return Math.max((left * 1000) / this.bytesPerSecond(nowMs), ((nowMs - sinceMs) * left) / Math.max(1, bytes));
  }

  /** A request was sent. */
  onRequest(nowMs: number): void {
    if (this.#inFlight === 0) {
      if (nowMs - this.#lastSignAt > IDLE_RESTART_MS) this.#restart(nowMs);
      this.#aloneSince = nowMs;
      this.#lastSignAt = nowMs;
      this.pace.begins(nowMs);
    }
    this.#inFlight += 1;
  }

  /** Bytes of an answer arrived. Called for every chunk, so it is cheap and allocates nothing. */
  onBytes(bytes: number, nowMs: number): void {
    if (this.#aloneSince !== undefined) this.#measureLatency(nowMs - this.#aloneSince);
    this.#lastSignAt = nowMs;
    this.#roundBytes += bytes;
    this.#rate.add(bytes, nowMs);
  }

  /** This end holds back the requests, so neither silence nor delay of the source count until now. */
  onHeld(nowMs: number): void {
    if (this.#aloneSince !== undefined) this.#aloneSince = nowMs;
    this.#lastSignAt = nowMs;
    this.pace.onHeld(nowMs);
  }

  /** A request was answered in full. */
  onPiece(nowMs: number): void {
    this.pace.onPiece(nowMs);
    this.#leave();
    if (this.#growing) this.#grow(nowMs);
    const pipePieces = this.#pipePieces(nowMs);
    this.#sharedPieces = Math.min(this.#maxPieces, Math.max(1, pipePieces));
    if (!this.#growing) this.#windowPieces = this.#clamp(pipePieces);
  }

  /** A request was refused. */
  onRefused(nowMs: number): void {
    this.onBytes(0, nowMs);
    this.#leave();
  }

  /** A request was cancelled. */
  onWithdrawn(): void {
    this.#leave();
  }

  /** The source stalled: the window starts again from its minimum. */
  onStall(nowMs: number): void {
    this.#windowPieces = this.#minPieces;
    this.#restart(nowMs);
  }

  #leave(): void {
    if (this.#inFlight > 0) this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#aloneSince = undefined;
    this.pace.ends();
  }

  #restart(nowMs: number): void {
    this.#windowPieces = Math.min(this.#windowPieces, this.#initialPieces);
    this.#rate.restart(nowMs);
    this.#growing = true;
    this.#bestRoundRate = 0;
    this.#startRound(nowMs);
  }

  #startRound(nowMs: number): void {
    this.#roundStartedAt = nowMs;
    this.#roundBytes = 0;
    this.#roundPiecesLeft = this.#windowPieces;
  }

  #grow(nowMs: number): void {
    this.#windowPieces = this.#clamp(this.#windowPieces + 1);
    this.#roundPiecesLeft -= 1;
    if (this.#roundPiecesLeft > 0) return;
    const roundRate = this.#roundBytes / Math.max(1, nowMs - this.#roundStartedAt);
    this.#growing = roundRate >= this.#bestRoundRate * RISING;
    this.#bestRoundRate = roundRate;
    this.#startRound(nowMs);
  }

  #measureLatency(sampleMs: number): void {
    this.#aloneSince = undefined;
    const knownMs = this.#latencyMs ?? sampleMs;
    this.#latencyMs = sampleMs < knownMs ? sampleMs : knownMs + (sampleMs - knownMs) * LATENCY_RISE;
  }

  /** Bandwidth × delay in pieces, with the gain. */
  #pipePieces(nowMs: number): number {
    const delayMs = (this.#latencyMs ?? 0) + SLACK_MS;
    return Math.ceil((GAIN * (this.bytesPerSecond(nowMs) / 1000) * delayMs) / this.#pieceBytes);
  }

  #clamp(pieces: number): number {
    return Math.min(this.#maxPieces, Math.max(this.#minPieces, pieces));
  }
}
