import { stripVTControlCharacters } from 'node:util';

export { printable } from '../../index.js';

const NO_COLUMN = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const TWO_COLUMNS =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** Width of a text on a terminal in columns; escape sequences have none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) width += columnsOf(character);
  return width;
}

/** Cuts a text with an ellipsis to `columns`. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += columnsOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Minimum width of the last cell. */
const MIN_LAST_COLUMNS = 20;

/**
 * Aligns the cells of rows in columns, two spaces apart. If `columns` are not enough, the last cell wraps below itself.
 * If the other cells of a row take more than half of the columns, its last cell begins on the next line.
 */
export function alignColumns(rows: readonly (readonly string[])[], columns = Number.POSITIVE_INFINITY): string[] {
  const all = widthsOf(rows);
  const isCramped = columns - indentOf(all) < MIN_LAST_COLUMNS;
  const isWide = (row: readonly string[]) => isCramped && indentOf(widthsOf([row])) > columns / 2;
  const widths = isCramped ? widthsOf(rows.filter((row) => !isWide(row))) : all;
  return rows.flatMap((row) => {
    const before = row.slice(0, -1).map((cell, column) => `${padTo(cell, widths[column] ?? 0)}  `);
    const indent = isWide(row) ? indentOf(widths) : widthOf(before.join(''));
    const room = columns - indent;
    const last = row.at(-1) ?? '';
    const parts = before.length > 0 && room >= MIN_LAST_COLUMNS ? wrapWords(last, room) : [last];
    const below = isWide(row) ? [before.join('').trimEnd()] : [];
    return [
      ...below,
      ...parts.map((part, index) => `${index + below.length === 0 ? before.join('') : ' '.repeat(indent)}${part}`),
    ];
  });
}

/** The width of each column, except for the last cell of each row. */
function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.slice(0, -1).entries())
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  return widths;
}

function indentOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 2, 0);
}

function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Wraps a text at spaces; a longer word has its own line. */
function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function columnsOf(character: string): number {
  if (NO_COLUMN.test(character)) return 0;
  return TWO_COLUMNS.test(character) ? 2 : 1;
}
