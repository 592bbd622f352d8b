/// <reference lib="dom" />
import { applyWords, byId, coalesced, onResize, setText } from './page/dom.js';
import { createFormats } from './page/format.js';
import { type DetailsSnapshot, ENGLISH_WORDS, type FromPanel, isToPanel, type Words } from './page/messages.js';
import { readTheme, watchTheme } from './page/theme.js';
import { fill } from './page/words.js';
import { Legend } from './piece-map/legend.js';
import { MapPointer } from './piece-map/map-pointer.js';
import { PieceMap } from './piece-map/piece-map.js';
import { packState, unpackState } from './saved-state.js';
import { SourceList } from './sources/source-list.js';
import { SpeedChart } from './speed/speed-chart.js';
import { SpeedHistory } from './speed/speed-history.js';
import { Summary } from './summary.js';
import { Toolbar } from './toolbar.js';

declare function acquireVsCodeApi(): {
  postMessage(message: FromPanel): void;
  getState(): unknown;
  setState(state: unknown): void;
};

/** Milliseconds between two saves of the state. */
const SAVE_EVERY = 1000;

const editor = acquireVsCodeApi();
const panel = byId('panel', HTMLElement);
const mapHost = byId('map', HTMLElement);
const chartHost = byId('chart', HTMLElement);
const speedNote = byId('speed-note', HTMLElement);

const saved = unpackState(editor.getState());
let words: Words = { ...ENGLISH_WORDS, ...saved?.words };
let locale = saved?.locale ?? document.documentElement.lang;
let formats = createFormats(locale, words);
let snapshot: DetailsSnapshot | null = saved?.snapshot ?? null;
let theme = readTheme();
const history = saved === null ? new SpeedHistory() : SpeedHistory.restore(saved.history);

const summary = new Summary();
const map = new PieceMap(byId('map-canvas', HTMLCanvasElement), theme);
const legend = new Legend();
const pointer = new MapPointer(map);
const chart = new SpeedChart(byId('chart-canvas', HTMLCanvasElement));
const sources = new SourceList();
const toolbar = new Toolbar((action) => editor.postMessage({ type: 'action', action }));

function draw(): void {
  if (snapshot === null) return;
  panel.hidden = false;
  summary.draw(snapshot, words, formats);
  toolbar.draw(snapshot.state, words);
  sources.draw(snapshot, words, formats);
  map.setWidth(mapHost.clientWidth);
  chart.setSize(chartHost.clientWidth, chartHost.clientHeight);
  map.draw(snapshot);
  pointer.update();
  legend.draw(map.style, (map.grid?.piecesPerCell ?? 1) > 1);
  chart.draw(history, theme, words, formats);
  setText(speedNote, history.peak > 0 ? fill(words.speedPeak, formats.speed(history.peak)) : '');
}

const drawSoon = coalesced(draw);
let savedAt = Number.NEGATIVE_INFINITY;

function save(): void {
  if (snapshot === null) return;
  savedAt = performance.now();
  editor.setState(packState({ words, locale, snapshot, history: history.save() }));
}

function takeSnapshot(next: DetailsSnapshot): void {
  const turned = snapshot?.state !== next.state;
  snapshot = next;
  if (next.state === 'downloading' || next.state === 'paused') history.add(Date.now(), next.bytesPerSecond);
  if (turned || performance.now() - savedAt >= SAVE_EVERY) save();
}

function showWords(): void {
  formats = createFormats(locale, words);
  document.documentElement.lang = locale;
  applyWords(words);
  pointer.setWords(words, formats);
}

function showTheme(): void {
  theme = readTheme();
  map.setTheme(theme);
  drawSoon();
}

addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (!isToPanel(data)) return;
  if (data.type === 'snapshot') takeSnapshot(data.snapshot);
  else {
    words = { ...ENGLISH_WORDS, ...data.words };
    locale = data.locale;
    showWords();
  }
  drawSoon();
});
addEventListener('visibilitychange', save);

watchTheme(showTheme);
onResize(panel, drawSoon);
showWords();
draw();
editor.postMessage({ type: 'ready' });
