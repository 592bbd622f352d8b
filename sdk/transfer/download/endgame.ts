import type { DownloadLimits } from './download-limits.js';
import type { DownloadSource } from './download-source.js';
import type { Answer, Flight, PiecesInFlight } from './pieces-in-flight.js';

/** Who takes so many times as long for a piece as another would is behind. */
const BEHIND = 4;
/** How long a source that has not brought anything yet is thought to take for a piece. */
const UNTRIED_MS = 3000;
/** For each source that is behind with a piece, so many more may be asked for it: of many that are, one that is not is soon found. */
const MORE_FOR_EACH_BEHIND = 2;

/** What the choice is made by. */
interface EndgameSituation {
  readonly inFlight: PiecesInFlight;
  readonly limits: DownloadLimits;
  /** Whether sources are likely to send to others as well. */
  readonly isShared: boolean;
  /** Whether what is being answered elsewhere may be asked for, too. */
  readonly mayContest: boolean;
  readonly nowMs: number;
  /** Every source that is there. */
  readonly present: readonly DownloadSource[];
  /** Pieces in flight from one source at most, however much its line holds. */
  readonly maxPieces: number;
}

/** Asks the sources that have nothing else to do, of those that are `ready`, for pieces that are in flight elsewhere. */
export function takeOverForIdle(
  ready: readonly DownloadSource[],
  situation: EndgameSituation,
  ask: (source: DownloadSource, piece: number) => void,
): void {
  const idle = ready.filter((source) => source.requests.size === 0 && !source.idle);
  for (const source of likeliestFirst(idle, situation)) {
    const pieces = piecesToTakeOver(source, situation);
    // Of one that only waits for its turn, what others are asked for meanwhile is to be looked at, too.
    source.idle = pieces.length === 0 && source.exhausted;
    for (const piece of pieces) ask(source, piece);
  }
}

/**
 * What to ask of a source that has nothing else to do: pieces that are in flight elsewhere.
 *
 * One that is new in so far as few were asked for it: the first to begin an answer keeps it. And all that its window
 * holds of those with which everybody who was asked is behind: they let it wait, or send it, for longer than they may,
 * and this source would have brought it long before, judged by what each of them achieved so far. So what counts is
 * whole pieces. Whoever sends a byte now and then keeps nothing from a source that delivers, and neither do many of them.
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

/** Whether it has shown that it gives, and not failed since. */
function isProven({ window, isDoubtful, isOvertaken }: DownloadSource): boolean {
  return window.pace.meanMs !== undefined && !isDoubtful && !isOvertaken;
}

/**
 * For how long it may let a request or an answer take, before it is compared with others: longer, where it is likely to have
 * others to send to. Who answers by a trickle has none.
 */
function patienceFor(source: DownloadSource, answer: Answer | undefined, situation: EndgameSituation): number {
  const { limits, isShared, nowMs } = situation;
  const isBusy = answer ? leftMs(answer, nowMs) < 2 * limits.sharedSlowMs : isProven(source);
  return isShared && isBusy ? limits.sharedSlowMs : limits.slowMs;
}

function leftMs({ source, sinceMs }: Answer, nowMs: number): number {
  return source.window.msForRest(source.answeredBytes, sinceMs, nowMs);
}

/** A piece came that others were asked for, too: those who had time enough have lost it. */
export function markOvertaken(others: readonly DownloadSource[], limits: DownloadLimits, nowMs: number): void {
  for (const other of others) if (other.window.pace.overdueMs(nowMs) > limits.sharedSlowMs) other.isOvertaken = true;
}

/** What is being answered is left to who answers it for as long as that may take. */
function mayDouble({ answers }: Flight, situation: EndgameSituation): boolean {
  if (answers.length > 0 && !situation.mayContest) return false;
  return answers.every((answer) => situation.nowMs - answer.sinceMs > patienceFor(answer.source, answer, situation));
}

/** Whether `source` would bring a piece long before another one that was asked for it, and had its time. */
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
 * Puts those first who have shown that they give, and those last whose users have devices that never gave anything and
 * owe something: they are likely to be alike.
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
