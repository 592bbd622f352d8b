import { RateMeter } from '../rate-meter.js';
import { SourcePace } from './source-pace.js';

/** How long the measured rate remembers. */
const RATE_TIME_CONSTANT_MS = 2000;
/** A pipe that was empty for this long is learnt anew. */
const IDLE_RESTART_MS = 2000;
/** Twice what the pipe holds at the measured rate: it stays full, and the rate can show that it could be higher. */
const GAIN = 2;
/** How long either end may be busy with something else before the pipe runs dry. */
const SLACK_MS = 10;
/** Requests go out together, up to so many and to that share of the window: each message costs both ends more than what it says. */
const MAX_LOT = 4;
const LOT_SHARE = 1 / 2;
/** A round of requests this much faster than the best before it shows that the pipe was not full yet. */
const RISING = 1.25;
/** How much of a lone answer's delay is believed when it is longer than what was measured before. */
const LATENCY_RISE = 1 / 8;

export interface SourceWindowOptions {
  readonly pieceBytes: number;
  /** Requests in flight at least: one being answered, one behind it. Default 2. */
  readonly minPieces?: number;
  /** Requests in flight at most. Default 64. */
  readonly maxPieces?: number;
  /** Requests in flight before anything is known. Default 4. */
  readonly initialPieces?: number;
}

/**
 * How many requests to keep in flight to one source: as many as its bandwidth × delay, measured.
 *
 * As TCP's slow start, one more for every piece that arrives (so, double every round trip) until a whole round comes no
 * faster than the one before; from there on, as BBR's congestion window, twice the measured rate times the least delay.
 * Rate: bytes as they arrive, averaged over about two seconds. Delay: from a request that is alone in the pipe to the
 * first byte of its answer, so that waiting behind other requests does not count.
 */
export class RequestPipeline {
  readonly pace = new SourcePace();
  readonly #pieceBytes: number;
  readonly #minPieces: number;
  readonly #maxPieces: number;
  readonly #initialPieces: number;
  readonly #rate = new RateMeter(RATE_TIME_CONSTANT_MS);
  /**
   * Whether others fetch from the source, too. What is asked for in advance then fills its system's buffers, where no lot
   * decides who is served and nothing can be taken back: as much is asked for as the line holds, one piece at least, and none to find out whether it
   * holds more.
   */
  isShared = false;
  #windowPieces: number;
  /** Requests in flight to the source while it is shared. */
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

  /** How many requests may be in flight to the source. */
  get windowPieces(): number {
    return this.isShared ? Math.min(this.#windowPieces, this.#sharedPieces) : this.#windowPieces;
  }

  /** How many of its places are to be free before requests go out again. */
  get lotPieces(): number {
    if (this.isShared) return 1;
    return Math.min(MAX_LOT, Math.max(1, Math.floor(this.#windowPieces * LOT_SHARE)));
  }

  /** Since when requests wait without a sign of the source; undefined when none is in flight. */
  get idleSince(): number | undefined {
    return this.#inFlight > 0 ? this.#lastSignAt : undefined;
  }

  bytesPerSecond(nowMs: number): number {
    return this.#rate.bytesPerSecond(nowMs);
  }

  /** How long so many pieces take at the present rate. */
  msFor(pieces: number, nowMs: number): number {
    return (pieces * this.#pieceBytes * 1000) / this.bytesPerSecond(nowMs);
  }

  /** How long the rest of an answer takes of which so many bytes came since it began: at the present rate, or at its own, if that is slower. */
  msForRest(bytes: number, sinceMs: number, nowMs: number): number {
    const left = Math.max(1, this.#pieceBytes - bytes);
    return Math.max((left * 1000) / this.bytesPerSecond(nowMs), ((nowMs - sinceMs) * left) / Math.max(1, bytes));
  }

  /** A request goes out. */
  onRequest(nowMs: number): void {
    if (this.#inFlight === 0) {
      if (nowMs - this.#lastSignAt > IDLE_RESTART_MS) this.#restart(nowMs);
      this.#aloneSince = nowMs;
      this.#lastSignAt = nowMs;
      this.pace.begins(nowMs);
    }
    this.#inFlight += 1;
  }

  /** Bytes of an answer arrived. Called for every chunk, so cheap: some additions, nothing allocated. */
  onBytes(bytes: number, nowMs: number): void {
    if (this.#aloneSince !== undefined) this.#measureLatency(nowMs - this.#aloneSince);
    this.#lastSignAt = nowMs;
    this.#roundBytes += bytes;
    this.#rate.add(bytes, nowMs);
  }

  /** The source owes nothing: what was asked of it is held back here. Neither its silence nor its delay count until now. */
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

  /** A request was answered with a refusal. */
  onRefused(nowMs: number): void {
    this.onBytes(0, nowMs);
    this.#leave();
  }

  /** A request was taken back. */
  onWithdrawn(): void {
    this.#leave();
  }

  /** The source stalled: back to the smallest window, to grow again from there. */
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

  /** Bandwidth × delay, in pieces, with the gain. */
  #pipePieces(nowMs: number): number {
    const delayMs = (this.#latencyMs ?? 0) + SLACK_MS;
    return Math.ceil((GAIN * (this.bytesPerSecond(nowMs) / 1000) * delayMs) / this.#pieceBytes);
  }

  #clamp(pieces: number): number {
    return Math.min(this.#maxPieces, Math.max(this.#minPieces, pieces));
  }
}
