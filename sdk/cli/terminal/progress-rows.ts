import type { AnyDownload } from '../client.js';
import { figuresOf, nameOf, percentDone, progressSummary } from '../texts/download-text.js';
import { fit, widthOf } from '../texts/text.js';

/** Width of the bar; a shorter one would not be useful. */
const BAR_COLUMNS = 20;
const LEAST_BAR_COLUMNS = 6;
/** The name shrinks to this width for the bar and the sources, and further for the figures. */
const NAME_COLUMNS = 12;
/** Minimum width for the list of sources. */
const LEAST_SOURCES_COLUMNS = 8;
const GAP = '  ';

/** The progress in at most `rows` lines: each download, moving ones first, and a sum if there are more. */
export function progressRows(inFlight: readonly AnyDownload[], columns: number, mostLines: number): string[] {
  if (inFlight.length <= mostLines) return rowsOf(inFlight, columns);
  const rank = ({ state }: AnyDownload) => (state.name === 'downloading' || state.name === 'verifying' ? 0 : 1);
  const shown = inFlight.toSorted((one, other) => rank(one) - rank(other)).slice(0, Math.max(0, mostLines - 1));
  return [...rowsOf(shown, columns), fit(progressSummary(inFlight), columns)].slice(0, mostLines);
}

/** One row per download: name, bar, figures. If the terminal is narrow, only the figures stay. */
function rowsOf(downloads: readonly AnyDownload[], columns: number): string[] {
  const rows = downloads.map((download) => ({ name: nameOf(download), download, ...padded(figuresOf(download)) }));
  const longest = (text: (row: (typeof rows)[number]) => string) =>
    Math.max(0, ...rows.map((row) => widthOf(text(row))));
  const nameColumns = longest(({ name }) => name);
  const figureColumns = longest(({ figures }) => figures);
  const leastName = Math.min(nameColumns, NAME_COLUMNS);

  const wholeColumns = longest(({ figures, sources }) => figures + sources);
  const leastColumns = leastName + GAP.length;
  const wanted = leastColumns + wholeColumns <= columns ? wholeColumns : figureColumns;
  const barRoom = columns - leastColumns - wanted - 1;
  const barColumns = barRoom < LEAST_BAR_COLUMNS ? 0 : Math.min(BAR_COLUMNS, barRoom);

  const room = columns - GAP.length - (barColumns > 0 ? barColumns + 1 : 0);
  const forName = Math.max(
    1,
    Math.min(nameColumns, Math.max(room - wholeColumns, Math.min(leastName, room - figureColumns))),
  );
  return rows.map(({ name, download, figures, sources }) => {
    const short = fit(name, forName);
    const bar = barColumns > 0 ? `${barOf(percentDone(download), barColumns)} ` : '';
    const row = `${short}${' '.repeat(forName - widthOf(short))}${GAP}${bar}${figures}`;
    const left = columns - widthOf(row);
    return left < Math.min(widthOf(sources), LEAST_SOURCES_COLUMNS) ? fit(row, columns) : row + fit(sources, left);
  });
}

/** Aligns the percentages. */
function padded({ figures, sources }: { figures: string; sources: string }): { figures: string; sources: string } {
  return { figures: figures.padStart(figures.length + 3 - figures.indexOf('%')), sources };
}

function barOf(percent: number, columns: number): string {
  const filled = Math.round((percent / 100) * columns);
  return '█'.repeat(filled) + '░'.repeat(columns - filled);
}
