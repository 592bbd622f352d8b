/// <reference lib="dom" />
import { byId, setAttribute, setText } from '../page/dom.js';
import { type Formats, plain } from '../page/format.js';
import type { DetailsSnapshot } from '../page/messages.js';
import { fill, type Words } from '../page/words.js';
import { orderSources, type SourceRow, stateWord, WAY_WORDS } from './source-order.js';

interface Row {
  readonly element: HTMLTableRowElement;
  readonly user: HTMLElement;
  readonly address: HTMLElement;
  readonly state: HTMLElement;
  readonly way: HTMLElement;
  readonly why: HTMLElement;
  readonly received: HTMLElement;
  readonly speed: HTMLElement;
  readonly bar: HTMLElement;
  readonly share: HTMLElement;
}

function child(parent: HTMLElement, name: 'td' | 'div' | 'span', className: string): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  if (name === 'td') element.setAttribute('role', 'cell');
  return parent.appendChild(element);
}

function createRow(): Row {
  const element = document.createElement('tr');
  element.setAttribute('role', 'row');
  const who = child(element, 'td', 'user');
  const user = child(who, 'span', 'user-name');
  const address = child(who, 'span', 'user-address');
  const standing = child(element, 'td', 'state');
  const state = child(standing, 'span', 'state-word');
  const way = child(standing, 'span', 'way');
  const why = child(standing, 'span', 'why');
  const received = child(element, 'td', 'received');
  const speed = child(element, 'td', 'speed');
  const share = child(element, 'td', 'share');
  const bar = child(child(share, 'div', 'bar'), 'div', 'bar-fill');
  return { element, user, address, state, way, why, received, speed, bar, share: child(share, 'span', 'share-figure') };
}

/** The table of sources: one row each, updated in place. */
export class SourceList {
  readonly #body = byId('source-rows', HTMLTableSectionElement);
  readonly #table = byId('sources', HTMLTableElement);
  readonly #none = byId('sources-none', HTMLElement);
  readonly #note = byId('sources-note', HTMLElement);
  #rows = new Map<string, Row>();

  draw({ sources, state }: DetailsSnapshot, words: Words, formats: Formats): void {
    const { rows, left } = orderSources(sources);
    const isOver = state === 'complete';
    const kept = new Map<string, Row>();
    for (const [index, row] of rows.entries()) {
      const drawn = kept.get(row.source.id) ?? this.#rows.get(row.source.id) ?? createRow();
      kept.set(row.source.id, drawn);
      const there = this.#body.children[index] ?? null;
      if (there !== drawn.element) this.#body.insertBefore(drawn.element, there);
      fillRow(drawn, row, { isOver, words, formats });
    }
    for (const [id, row] of this.#rows) if (!kept.has(id)) row.element.remove();
    this.#rows = kept;
    this.#table.hidden = rows.length === 0;
    this.#none.hidden = rows.length > 0;
    setText(this.#note, left > 0 ? fill(words.sourcesMore, formats.number(left)) : '');
  }
}

function fillRow(
  row: Row,
  { source, share }: SourceRow,
  { isOver, words, formats }: { isOver: boolean; words: Words; formats: Formats },
): void {
  const name = plain(source.userId);
  setText(row.user, name);
  setAttribute(row.user, 'title', name);
  setText(row.address, plain(source.address));
  setText(row.state, words[stateWord(source, isOver)]);
  const { path = 'none', why = '' } = source;
  setText(row.way, path === 'none' ? '' : words[WAY_WORDS[path]]);
  setText(row.why, why);
  setAttribute(row.element, 'data-state', source.state);
  setText(row.received, formats.bytes(source.bytes));
  setText(row.speed, source.bytesPerSecond > 0 ? formats.speed(source.bytesPerSecond) : words.none);
  setText(row.share, formats.percent(share));
  row.bar.style.width = `${(share * 100).toFixed(2)}%`;
}
