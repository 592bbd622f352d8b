import type { DetailsSnapshot } from './page/messages.js';
import type { Words } from './page/words.js';
import type { SavedHistory } from './speed/speed-history.js';

/** What a panel needs to paint before the host answers. */
export interface PanelState {
  readonly words: Words;
  readonly locale: string;
  readonly snapshot: DetailsSnapshot;
  readonly history: SavedHistory;
}

/** The JSON form, with the pieces as base64. */
interface SavedState extends Omit<PanelState, 'snapshot'> {
  readonly version: 1;
  readonly snapshot: Omit<DetailsSnapshot, 'pieces'> & { readonly pieces: string };
}

/** Bytes per call when converting to characters, because a call has a maximum number of arguments. */
const CHUNK = 8192;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

export function packState(state: PanelState): SavedState {
  const snapshot = { ...state.snapshot, pieces: toBase64(state.snapshot.pieces) };
  return { version: 1, words: state.words, locale: state.locale, snapshot, history: state.history };
}

function isSaved(value: unknown): value is SavedState {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}

/** The saved state; null if there is none that this version can read. */
export function unpackState(value: unknown): PanelState | null {
  if (!isSaved(value)) return null;
  try {
    const { words, locale, snapshot, history } = value;
    const pieces = Uint8Array.from(atob(snapshot.pieces), (character) => character.charCodeAt(0));
    return { words, locale, snapshot: { ...snapshot, pieces }, history };
  } catch {
    return null;
  }
}
