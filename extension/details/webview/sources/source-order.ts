import type { SourceShare } from '../page/messages.js';
import type { WordKey } from '../page/words.js';

/** Maximum number of rows: more than anyone reads, and few enough for four layouts a second. */
const MOST_ROWS = 200;

const RANKS: Readonly<Record<SourceShare['state'], number>> = {
  serving: 0,
  connecting: 1,
  waiting: 1,
  banned: 2,
  gone: 3,
};

const SOURCE_WORDS: Readonly<Record<SourceShare['state'], WordKey>> = {
  connecting: 'sourceConnecting',
  serving: 'sourceServing',
  waiting: 'sourceWaiting',
  banned: 'sourceBanned',
  gone: 'sourceGone',
};

/** What a source does. After the end of the download, its connections are closed, and what it did is told. */
export function stateWord({ state, bytes }: SourceShare, isOver: boolean): WordKey {
  return isOver && bytes > 0 && state !== 'banned' ? 'sourceServed' : SOURCE_WORDS[state];
}

/** The way to a source. */
export const WAY_WORDS: Readonly<Record<Exclude<NonNullable<SourceShare['path']>, 'none'>, WordKey>> = {
  lan: 'wayLan',
  direct: 'wayDirect',
  back: 'wayBack',
  punched: 'wayPunched',
  relay: 'wayRelay',
};

/** A row of the list: a source, and its fraction of all received data. */
export interface SourceRow {
  readonly source: SourceShare;
  readonly share: number;
}

/**
 * Sorts sources by state, and equal ones in order of arrival, so that rows keep their places. Also returns the number
 * of hidden ones.
 */
export function orderSources(sources: readonly SourceShare[]): { readonly rows: SourceRow[]; readonly left: number } {
  const total = sources.reduce((sum, { bytes }) => sum + bytes, 0);
  const ordered = sources.toSorted((one, other) => RANKS[one.state] - RANKS[other.state]);
  const rows = ordered.slice(0, MOST_ROWS).map((source) => ({ source, share: total > 0 ? source.bytes / total : 0 }));
  return { rows, left: sources.length - rows.length };
}
