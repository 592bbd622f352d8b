import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { ENGLISH_WORDS } from '../../../extension/details/webview/page/words.js';
import { WHY } from '../../../sdk/engine/ways/why.js';
import { callsOf, EXTENSION, parseSources } from './source-files.js';

/** Translates all of ENGLISH_WORDS and WHY, and so passes no literals to `t`. */
const TRANSLATES_TABLES = 'details-panel.ts';

/** All texts that are passed to `t`, and the calls with anything but a literal. */
function collect(): { texts: Set<string>; others: string[] } {
  const texts = new Set<string>();
  const others: string[] = [];
  for (const source of parseSources()) {
    for (const call of callsOf(source, 't')) {
      const [text] = call.arguments;
      if (text && ts.isStringLiteralLike(text)) texts.add(text.text);
      else if (basename(source.fileName) !== TRANSLATES_TABLES)
        others.push(`${source.fileName}: ${call.getText(source)}`);
    }
  }
  return { texts, others };
}

function placesIn(text: string): string[] {
  return [...new Set(text.match(/\{\d+\}/g) ?? [])].sort();
}

describe('the second language', () => {
  const { texts, others } = collect();
  const wanted = new Set<string>([...texts, ...Object.values(ENGLISH_WORDS), ...Object.values(WHY)]);
  const bundle = JSON.parse(readFileSync(join(EXTENSION, 'l10n/bundle.l10n.de.json'), 'utf8')) as Record<
    string,
    string
  >;

  it('is looked up only by literals', () => {
    assert.deepEqual(others, []);
    assert.ok(texts.size > 50); // the search works
  });

  it('has every text, and no other', () => {
    const missing = [...wanted].filter((text) => !(text in bundle)).sort();
    const leftOver = Object.keys(bundle).filter((text) => !wanted.has(text));
    assert.deepEqual({ missing, leftOver }, { missing: [], leftOver: [] });
  });

  it('has a translation for every text, with the same placeholders', () => {
    for (const [english, german] of Object.entries(bundle)) {
      assert.ok(german.trim() !== '', english);
      assert.deepEqual(placesIn(german), placesIn(english), english);
    }
  });
});
