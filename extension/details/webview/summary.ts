/// <reference lib="dom" />
import { STATE_WORDS } from './page/actions.js';
import { Announcer } from './page/announcer.js';
import { byId, setAttribute, setText } from './page/dom.js';
import { type Formats, plain } from './page/format.js';
import type { DetailsSnapshot } from './page/messages.js';
import { fill, type Words } from './page/words.js';
import { countPieces } from './piece-map/piece-looks.js';

/** The verified fraction, from 0 to 1; an empty file is done once complete. */
function shareOf({ size, verifiedBytes, state }: DetailsSnapshot): number {
  if (size > 0) return verifiedBytes / size;
  return state === 'complete' ? 1 : 0;
}

/** How many sources serve; how many have served once the download is complete. */
function servingText({ sources, state }: DetailsSnapshot, words: Words, formats: Formats): string {
  const isOver = state === 'complete';
  const count = sources.filter((source) => (isOver ? source.bytes > 0 : source.state === 'serving')).length;
  return fill(isOver ? words.statServed : words.statServing, formats.number(count), formats.number(sources.length));
}

/** All texts and figures above and beside the drawings. */
export class Summary {
  readonly #name = byId('file-name', HTMLElement);
  readonly #state = byId('state', HTMLElement);
  readonly #group = byId('group', HTMLElement);
  readonly #problem = byId('problem', HTMLElement);
  readonly #progress = byId('progress', HTMLElement);
  readonly #bar = byId('progress-bar', HTMLElement);
  readonly #received = byId('figure-received', HTMLElement);
  readonly #speed = byId('figure-speed', HTMLElement);
  readonly #time = byId('figure-time', HTMLElement);
  readonly #sources = byId('figure-sources', HTMLElement);
  readonly #piecesNote = byId('pieces-note', HTMLElement);
  readonly #map = byId('map-canvas', HTMLElement);
  readonly #spoken = byId('spoken', HTMLElement);
  readonly #announcer = new Announcer();

  draw(snapshot: DetailsSnapshot, words: Words, formats: Formats): void {
    const share = shareOf(snapshot);
    const percent = formats.percent(share);
    const name = plain(snapshot.fileName);
    const state = words[STATE_WORDS[snapshot.state]];
    const timeLeft =
      snapshot.secondsLeft === null || snapshot.state === 'complete'
        ? words.none
        : formats.duration(snapshot.secondsLeft);
    const running = snapshot.state === 'downloading';
    const speed = running || snapshot.bytesPerSecond > 0 ? formats.speed(snapshot.bytesPerSecond) : words.none;
    setText(this.#name, name);
    setAttribute(this.#name, 'title', name);
    setText(this.#state, state);
    setAttribute(this.#state, 'data-state', snapshot.state);
    setText(this.#group, fill(words.group, plain(snapshot.groupId)));
    setText(this.#problem, snapshot.problem ?? '');
    this.#problem.hidden = snapshot.problem === null;
    setAttribute(this.#progress, 'aria-valuenow', String(Math.floor(share * 100)));
    setAttribute(this.#progress, 'aria-valuetext', percent);
    setAttribute(this.#progress, 'data-state', snapshot.state);
    this.#bar.style.transform = `scaleX(${Math.min(1, share).toFixed(4)})`;
    const amounts = fill(words.statReceivedOf, formats.bytes(snapshot.verifiedBytes), formats.bytes(snapshot.size));
    const { reusedBytes } = snapshot;
    const reused = reusedBytes > 0 ? ` · ${fill(words.statReused, formats.bytes(reusedBytes))}` : '';
    setText(this.#received, `${percent} · ${amounts}${reused}`);
    setText(this.#speed, speed);
    setText(this.#time, timeLeft);
    setText(this.#sources, servingText(snapshot, words, formats));
    this.#drawPieces(snapshot, words, formats);
    const facts = snapshot.problem ?? fill(words.spokenProgress, state, percent, speed);
    const spoken = this.#announcer.next(performance.now(), snapshot.state, `${name}. ${facts}`);
    if (spoken !== null) setText(this.#spoken, spoken);
  }

  #drawPieces({ pieces, pieceLength, isHeldKnown }: DetailsSnapshot, words: Words, formats: Formats): void {
    const counts = countPieces(pieces);
    const all = formats.number(pieces.length);
    const verified = formats.number(counts.verified);
    setText(this.#piecesNote, fill(words.piecesSummary, verified, all, formats.bytes(pieceLength)));
    const rest = [counts.inFlight, counts.missing, isHeldKnown ? counts.unavailable : 0].map((count) =>
      formats.number(count),
    );
    setAttribute(this.#map, 'aria-label', fill(words.mapSummary, all, verified, ...rest));
  }
}
