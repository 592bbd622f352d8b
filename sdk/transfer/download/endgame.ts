import type { DownloadLimits } from './download-limits.js';
import type { DownloadSource } from './download-source.js';
import type { Answer, Flight, PiecesInFlight } from './pieces-in-flight.js';

/** A source is behind if another one would need at most this fraction of its time. */
const BEHIND = 4;
/** Assumed time for a piece of a source that has delivered nothing yet. */
const UNTRIED_MS = 3000;
/**
 * Additional requests for a piece for each source that is behind with it: among many slow sources, a fast one is found
 * soon.
 */
const MORE_FOR_EACH_BEHIND = 2;

/** The data for the decision. */
interface EndgameSituation {
  readonly inFlight: PiecesInFlight;
  readonly limits: DownloadLimits;
  /** Whether the sources probably upload to others as well. */
  readonly isShared: boolean;
  /** Whether pieces that others are sending may be requested too. */
  readonly mayContest: boolean;
  readonly nowMs: number;
  /** All present sources. */
  readonly present: readonly DownloadSource[];
  /** Maximum number of pieces in flight from one source. */
  readonly maxPieces: number;
}

/** Requests pieces that are in flight elsewhere from idle sources. */
export function takeOverForIdle(
  ready: readonly DownloadSource[],
  situation: EndgameSituation,
  ask: (source: DownloadSource, piece: number) => void,
): void {
  const idle = ready.filter((source) => source.requests.size === 0 && !source.idle);
  for (const source of likeliestFirst(idle, situation)) {
    const pieces = piecesToTakeOver(source, situation);
    // For a source that only waits for its turn, later requests to others must be considered too.
    source.idle = pieces.length === 0 && source.exhausted;
    for (const piece of pieces) ask(source, piece);
  }
}

/**
 * Pieces in flight elsewhere to request from an idle source.
 *
 * It gets one new piece that few sources were asked for; the first source to answer keeps it. It also gets, up to its
 * pipeline, pieces that all asked sources are behind with: they exceed their time, and this source would have delivered
 * them long before, by the measured times of each. Only whole pieces count, so a source that sends single bytes keeps
 * nothing from one that delivers, and neither do many of them.
 */
function piecesToTakeOver(source: DownloadSource, situation: EndgameSituation): number[] {
  const { inFlight, limits } = situation;
  const canTakeOver = isProven(source);
  const maxPieces = Math.min(source.window.windowPieces, situation.maxPieces);
  const taken: number[] = [];
  let doubled: number | undefined;
  for (const [piece, flight] of inFlight.unchecked()) {
    if (source.has?.has(piece) !== true || source.requests.has(piece)) continue;
    const onTime = flight.sources.filter((other) => !isBehind(other, piece, flight, source, situation));
    const rivals = canTakeOver ? onTime.filter(isProven) : onTime;
    const behind = flight.sources.length - onTime.length;
    if (canTakeOver && behind > 0 && rivals.length === 0) {
      taken.push(piece);
      if (taken.length >= maxPieces) break;
    } else if (doubled === undefined) {
      const most = 1 + limits.maxDuplicates + MORE_FOR_EACH_BEHIND * behind;
      if (rivals.length < most && mayDouble(flight, situation)) doubled = piece;
    }
  }
  if (taken.length > 0 || doubled === undefined) return taken;
  return [doubled];
}

/** Whether it has delivered, and not failed since. */
function isProven({ window, isDoubtful, isOvertaken }: DownloadSource): boolean {
  return window.pace.meanMs !== undefined && !isDoubtful && !isOvertaken;
}

/**
 * Time for a request or an answer before the source is compared with others. It is longer if the source probably
 * uploads to others, but not for one that trickles.
 */
function patienceFor(source: DownloadSource, answer: Answer | undefined, situation: EndgameSituation): number {
  const { limits, isShared, nowMs } = situation;
  const isBusy = answer ? leftMs(answer, nowMs) < 2 * limits.sharedSlowMs : isProven(source);
  return isShared && isBusy ? limits.sharedSlowMs : limits.slowMs;
}

function leftMs({ source, sinceMs }: Answer, nowMs: number): number {
  return source.window.msForRest(source.answeredBytes, sinceMs, nowMs);
}

/** A piece arrived that others were asked for too: those that had enough time are overtaken. */
export function markOvertaken(others: readonly DownloadSource[], limits: DownloadLimits, nowMs: number): void {
  for (const other of others) if (other.window.pace.overdueMs(nowMs) > limits.sharedSlowMs) other.isOvertaken = true;
}

/** A source that is answering keeps the piece for as long as it may take. */
function mayDouble({ answers }: Flight, situation: EndgameSituation): boolean {
  if (answers.length > 0 && !situation.mayContest) return false;
  return answers.every((answer) => situation.nowMs - answer.sinceMs > patienceFor(answer.source, answer, situation));
}

/** Whether `source` would deliver a piece long before another one that exceeded its time. */
function isBehind(
  other: DownloadSource,
  piece: number,
  { answers }: Flight,
  source: DownloadSource,
  situation: EndgameSituation,
): boolean {
  const { nowMs } = situation;
  const expectedMs = source.window.pace.meanMs;
  const answer = answers.find((one) => one.source === other);
  const patienceMs = patienceFor(other, answer, situation);
  if (answer !== undefined) {
    if (nowMs - answer.sinceMs <= patienceMs) return false;
    return leftMs(answer, nowMs) > BEHIND * (expectedMs ?? UNTRIED_MS);
  }
  const askedMs = other.requests.get(piece) ?? nowMs;
  if (nowMs - askedMs <= patienceMs) return false;
  const { pace } = other.window;
  const takesMs = Math.max(pace.meanMs ?? 0, Math.min(pace.overdueMs(nowMs), nowMs - askedMs));
  return takesMs > (expectedMs === undefined ? patienceMs : BEHIND * expectedMs);
}

/**
 * Sorts proven sources first, and last those whose users have devices that never delivered and owe something, because
 * they probably behave alike.
 */
function likeliestFirst(idle: DownloadSource[], { present, nowMs }: EndgameSituation): readonly DownloadSource[] {
  if (idle.length < 2) return idle;
  const owedMs = new Map<string | undefined, number>();
  for (const { owner, pieces, window } of present) {
    if (pieces === 0) owedMs.set(owner, Math.max(owedMs.get(owner) ?? 0, window.pace.overdueMs(nowMs)));
  }
  const doubt = (source: DownloadSource): number =>
    isProven(source) ? -1 : source.owner === undefined ? 0 : (owedMs.get(source.owner) ?? 0);
  return idle.sort((one, other) => doubt(one) - doubt(other));
}
