import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ACTION_WORDS, actionsFor, STATE_WORDS } from '../../../../extension/details/webview/page/actions.js';
import { Announcer } from '../../../../extension/details/webview/page/announcer.js';
import { panelHtml } from '../../../../extension/details/webview/page/markup.js';
import {
  type DetailsSnapshot,
  ENGLISH_WORDS,
  isToPanel,
  type SourceShare,
} from '../../../../extension/details/webview/page/messages.js';
import { packState, unpackState } from '../../../../extension/details/webview/saved-state.js';
import { orderSources, stateWord, WAY_WORDS } from '../../../../extension/details/webview/sources/source-order.js';

const SNAPSHOT: DetailsSnapshot = {
  fileName: 'a.bin',
  groupId: 'g',
  size: 3,
  pieceLength: 1,
  state: 'downloading',
  problem: null,
  verifiedBytes: 1,
  reusedBytes: 0,
  bytesPerSecond: 2,
  secondsLeft: 1,
  pieces: Uint8Array.of(2, 1, 252),
  isHeldKnown: true,
  sources: [],
};
const PAGE = {
  nonce: 'n0nce',
  cspSource: 'vscode-resource:',
  scriptUri: 's.js',
  styleUri: 's.css',
  lang: 'en',
  title: 't',
};

function source(id: string, state: SourceShare['state'], bytes: number): SourceShare {
  return { id, userId: id, address: '', bytes, bytesPerSecond: 0, state };
}

describe('the page of the panel', () => {
  it('allows only its own style and script', () => {
    const html = panelHtml(PAGE);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    assert.equal(policy, "default-src 'none'; style-src vscode-resource:; script-src 'nonce-n0nce'");
    assert.doesNotMatch(html, /unsafe|\sstyle=|<style|\son[a-z]+=/);
  });

  it('defines every word that it uses', () => {
    const named = [...panelHtml(PAGE).matchAll(/data-(?:word|label)="(\w+)"/g)].map(([, key]) => key);
    for (const key of named) assert.ok(key !== undefined && key in ENGLISH_WORDS, key);
  });

  it('escapes its values', () => {
    const html = panelHtml({ ...PAGE, title: `</title><script>'"&`, lang: '"><b>' });
    assert.match(html, /<title>&lt;\/title&gt;&lt;script&gt;&#39;&quot;&amp;<\/title>/);
    assert.match(html, /<html lang="&quot;&gt;&lt;b&gt;">/);
  });
});

describe('the saved state and messages of the panel', () => {
  it('restore a snapshot from JSON unchanged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (pieces) => {
        const history = { lastSecond: 5, values: [1, null] };
        const state = { words: ENGLISH_WORDS, locale: 'en', snapshot: { ...SNAPSHOT, pieces }, history };
        assert.deepEqual(unpackState(JSON.parse(JSON.stringify(packState(state)))), state);
      }),
      { numRuns: 20 },
    );
  });

  it('start again from an unreadable state', () => {
    for (const kept of [undefined, null, 'x', {}, { version: 2 }, { version: 1 }])
      assert.equal(unpackState(kept), null);
  });

  it('distinguish messages of the host from others', () => {
    assert.ok(isToPanel({ type: 'snapshot', snapshot: SNAPSHOT }));
    assert.ok(isToPanel({ type: 'words', words: ENGLISH_WORDS, locale: 'en' }));
    for (const other of [
      null,
      'words',
      {},
      { type: 'else' },
      { type: 'words' },
      { type: 'snapshot', snapshot: null },
    ]) {
      assert.equal(isToPanel(other), false);
    }
  });
});

describe('the actions and announcements of the panel', () => {
  it('exist in every state, with pausing only while it runs or is queued', () => {
    for (const state of Object.keys(STATE_WORDS) as DetailsSnapshot['state'][]) {
      const offered = actionsFor(state);
      assert.ok(offered.length > 0);
      assert.equal(offered.includes('pause'), state === 'downloading' || state === 'queued');
      assert.ok(offered.every((action) => action in ACTION_WORDS));
    }
  });

  it('announce a new state at once, otherwise at most every ten seconds and only something new', () => {
    const announcer = new Announcer();
    assert.equal(announcer.next(0, 'downloading', '1 %'), '1 %');
    assert.equal(announcer.next(9999, 'downloading', '2 %'), null);
    assert.equal(announcer.next(10_000, 'downloading', '3 %'), '3 %');
    assert.equal(announcer.next(30_000, 'downloading', '3 %'), null);
    assert.equal(announcer.next(30_001, 'paused', '3 %'), '3 %');
    assert.equal(announcer.next(30_002, 'paused', '4 %'), null);
  });

  it('list serving sources first and the others in order of arrival', () => {
    const sources = [
      source('a', 'gone', 1),
      source('b', 'serving', 2),
      source('c', 'waiting', 0),
      source('d', 'serving', 5),
    ];
    const { rows, left } = orderSources(sources);
    assert.deepEqual(
      rows.map((row) => [row.source.id, row.share]),
      [
        ['b', 0.25],
        ['d', 0.625],
        ['c', 0],
        ['a', 0.125],
      ],
    );
    assert.equal(left, 0);
  });

  it('say after the end what they did, and not that their connections are closed', () => {
    for (const state of ['gone', 'serving', 'waiting'] as const)
      assert.equal(stateWord(source('a', state, 1), true), 'sourceServed');
    assert.equal(stateWord(source('a', 'gone', 1), false), 'sourceGone');
    assert.equal(stateWord(source('a', 'gone', 0), true), 'sourceGone');
    assert.equal(stateWord(source('a', 'banned', 1), true), 'sourceBanned');
  });

  it('have a word for each way to them', () => {
    const words = Object.values(WAY_WORDS).map((word) => ENGLISH_WORDS[word]);
    assert.deepEqual(words, ['Own network', 'Direct', 'From the other side', 'Through both routers', 'Relay']);
  });

  it('hide sources beyond two hundred, and count them', () => {
    const sources = Array.from({ length: 230 }, (_, index) => source(`s${index}`, 'waiting', 0));
    const { rows, left } = orderSources(sources);
    assert.equal(rows.length, 200);
    assert.equal(left, 30);
    assert.ok(rows.every(({ share }) => share === 0));
  });
});
