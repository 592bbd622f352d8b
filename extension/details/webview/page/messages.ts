import type { Words } from './words.js';

export { ENGLISH_WORDS, type Words } from './words.js';

/** What a download received from one source. */
export interface SourceShare {
  readonly id: string;
  readonly userId: string;
  readonly address: string;
  readonly bytes: number;
  readonly bytesPerSecond: number;
  readonly state: 'connecting' | 'serving' | 'waiting' | 'banned' | 'gone';
  /** The way to it, or the one by which its data came; undefined in what a panel of an older version kept. */
  readonly path?: 'lan' | 'direct' | 'back' | 'punched' | 'relay' | 'none';
  /** Why it is this way, or why there is none, as one sentence. */
  readonly why?: string;
}

/** Everything that the panel shows; sent at most four times a second. */
export interface DetailsSnapshot {
  readonly fileName: string;
  readonly groupId: string;
  readonly size: number;
  readonly pieceLength: number;
  readonly state: 'queued' | 'preparing' | 'downloading' | 'paused' | 'checking' | 'complete' | 'failed' | 'cancelled';
  /** The text for a failure. */
  readonly problem: string | null;
  readonly verifiedBytes: number;
  /** Bytes of these that came from other files on this computer. */
  readonly reusedBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | null;
  /**
   * One byte per piece: the low two bits are its state (0 missing, 1 in flight, 2 verified), the high six the number of
   * sources that have it, 63 at most.
   */
  readonly pieces: Uint8Array;
  /** Whether a piece without a connected source is certainly unavailable. */
  readonly isHeldKnown: boolean;
  readonly sources: readonly SourceShare[];
}

export type ToPanel =
  | { readonly type: 'words'; readonly words: Words; readonly locale: string }
  | { readonly type: 'snapshot'; readonly snapshot: DetailsSnapshot };

export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'action'; readonly action: 'pause' | 'resume' | 'cancel' | 'retry' | 'open' | 'reveal' };

export type PanelAction = Extract<FromPanel, { readonly type: 'action' }>['action'];

/** Whether a message comes from the host; its content is not checked further. */
export function isToPanel(value: unknown): value is ToPanel {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'words') return 'words' in value && typeof value.words === 'object' && value.words !== null;
  return (
    value.type === 'snapshot' && 'snapshot' in value && typeof value.snapshot === 'object' && value.snapshot !== null
  );
}

const ACTIONS: ReadonlySet<unknown> = new Set<PanelAction>(['pause', 'resume', 'cancel', 'retry', 'open', 'reveal']);

/** Whether a message is one that the panel may send. */
export function isFromPanel(value: unknown): value is FromPanel {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return value.type === 'ready' || (value.type === 'action' && 'action' in value && ACTIONS.has(value.action));
}
