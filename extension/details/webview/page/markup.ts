/** What the host passes to the page; the URIs belong to the webview. */
export interface PanelPage {
  readonly nonce: string;
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  /** A BCP 47 tag. */
  readonly lang: string;
  readonly title: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

const LEGEND = [
  ['verified', 'legendVerified'],
  ['partly', 'legendPartly'],
  ['inFlight', 'legendInFlight'],
  ['unknown', 'legendUnknown'],
  ['noSource', 'legendNoSource'],
  ['oneSource', 'legendOneSource'],
  ['fewSources', 'legendFewSources'],
  ['manySources', 'legendManySources'],
] as const;

function legendItem([look, word]: (typeof LEGEND)[number]): string {
  const lead = look === 'unknown' ? '<span class="legend-lead" data-word="legendMissing"></span>' : '';
  const swatch = `<canvas class="swatch" data-look="${look}" aria-hidden="true"></canvas>`;
  return `<li>${lead}${swatch}<span data-word="${word}"></span></li>`;
}

const COLUMNS = [
  ['user', 'columnUser'],
  ['state', 'columnState'],
  ['received', 'columnReceived'],
  ['speed', 'columnSpeed'],
  ['share', 'columnShare'],
] as const;

function columnHead([name, word]: (typeof COLUMNS)[number]): string {
  return `<th role="columnheader" scope="col" class="${name}" data-word="${word}"></th>`;
}

/** The HTML of the panel without texts, which arrive by message, so that the page is the same in every language. */
export function panelHtml(page: PanelPage): string {
  const { nonce, cspSource, scriptUri, styleUri, lang, title } = page;
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escaped(lang)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escaped(styleUri)}">
<title>${escaped(title)}</title>
</head>
<body>
<main id="panel" hidden>
<header>
<div class="heading">
<h1 id="file-name"></h1>
<p class="place"><span id="state"></span><span id="group"></span></p>
</div>
<div id="toolbar" role="group" data-label="actions"></div>
</header>
<p id="problem" hidden></p>
<div id="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" data-label="progress"><div id="progress-bar"></div></div>
<dl class="figures">
<div><dt data-word="statReceived"></dt><dd id="figure-received"></dd></div>
<div><dt data-word="speed"></dt><dd id="figure-speed"></dd></div>
<div><dt data-word="statTimeLeft"></dt><dd id="figure-time"></dd></div>
<div><dt data-word="sources"></dt><dd id="figure-sources"></dd></div>
</dl>
<div class="charts">
<section class="pieces" aria-labelledby="pieces-title">
<h2><span id="pieces-title" data-word="pieces"></span><span id="pieces-note" class="note"></span></h2>
<div id="map" role="application" tabindex="0" data-label="mapHint" aria-describedby="map-canvas">
<canvas id="map-canvas" role="img"></canvas>
<div id="map-cursor" hidden></div>
<div id="map-tip" role="tooltip" hidden><strong id="map-tip-name"></strong><span id="map-tip-facts"></span></div>
</div>
<ul id="legend">${LEGEND.map(legendItem).join('')}</ul>
</section>
<section class="speed" aria-labelledby="speed-title">
<h2><span id="speed-title" data-word="speed"></span><span id="speed-note" class="note"></span></h2>
<div id="chart"><canvas id="chart-canvas" role="img"></canvas></div>
</section>
</div>
<section class="sources" aria-labelledby="sources-title">
<h2><span id="sources-title" data-word="sources"></span><span id="sources-note" class="note"></span></h2>
<table role="table" id="sources" aria-labelledby="sources-title">
<thead role="rowgroup"><tr role="row">${COLUMNS.map(columnHead).join('')}</tr></thead>
<tbody role="rowgroup" id="source-rows"></tbody>
</table>
<p id="sources-none" data-word="sourcesNone" hidden></p>
</section>
</main>
<div id="spoken" class="unseen" role="status" aria-live="polite"></div>
<div id="spoken-piece" class="unseen" aria-live="polite"></div>
<script nonce="${escaped(nonce)}" src="${escaped(scriptUri)}"></script>
</body>
</html>
`;
}
