import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { DownloadRecord } from '../contract/contract.js';
import { isHeldKnown, problemOf } from '../model/presenters/present-transfers.js';
import type { RemoteClient } from '../remote/remote-client.js';
import { t } from '../words/index.js';
import { panelHtml } from './webview/page/markup.js';
import {
  type DetailsSnapshot,
  ENGLISH_WORDS,
  isFromPanel,
  type PanelAction,
  type SourceShare,
  type ToPanel,
} from './webview/page/messages.js';

/** The type of the panel, which the editor restores after a reload. */
export const DETAILS = 'shoal.details';

/** The download of an earlier panel. */
const KEPT = z.object({ snapshot: z.object({ groupId: z.string(), fileName: z.string() }) });

interface DetailsContext {
  readonly client: RemoteClient;
  readonly media: vscode.Uri;
  /** Number of online devices with the complete file; undefined if the tracker was not asked. */
  completeSources(file: Pick<DownloadRecord, 'groupId' | 'fileName'>): number | undefined;
  /** Runs the action of a button. */
  act(action: PanelAction, id: string): Promise<void>;
}

const SOURCE_STATES = {
  connecting: 'connecting',
  ready: 'serving',
  stalled: 'waiting',
  gone: 'gone',
  banned: 'banned',
} as const;

/** A panel for each download that the user looks at. */
export class DetailsPanels implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #panels = new Map<string, DetailsPanel>();
  readonly #context: DetailsContext;

  constructor(context: DetailsContext) {
    this.#context = context;
    context.client.on('downloadsChanged', ({ changed }) => {
      for (const id of changed) this.#panels.get(id)?.update();
    });
  }

  show(download: DownloadRecord): void {
    const known = this.#panels.get(download.id);
    if (known) {
      known.reveal();
      return;
    }
    this.#fill(vscode.window.createWebviewPanel(DETAILS, download.fileName, vscode.ViewColumn.Active), download);
  }

  /** After a reload: continues with the same download, or closes the panel if that is gone. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = KEPT.safeParse(state);
    const { client } = this.#context;
    await client.open().catch(() => {}); // then nothing is known, and the panel closes
    const download = [...client.mirror.downloads.values()].find(
      ({ groupId, fileName }) => groupId === kept.data?.snapshot.groupId && fileName === kept.data?.snapshot.fileName,
    );
    if (!download || this.#panels.has(download.id)) panel.dispose();
    else this.#fill(panel, download);
  }

  #fill(page: vscode.WebviewPanel, download: DownloadRecord): void {
    page.webview.options = { enableScripts: true, localResourceRoots: [this.#context.media] };
    const panel = new DetailsPanel(page, download, this.#context);
    this.#panels.set(download.id, panel);
    page.onDidDispose(() => this.#panels.delete(download.id));
  }

  dispose(): void {
    for (const panel of [...this.#panels.values()]) panel.close();
  }
}

class DetailsPanel {
  readonly #id: string;
  readonly #context: DetailsContext;
  readonly #panel: vscode.WebviewPanel;
  #last: DownloadRecord;
  #pieces: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #isReady = false;
  #isAsking = false;
  #isStale = false;

  constructor(page: vscode.WebviewPanel, download: DownloadRecord, context: DetailsContext) {
    const { media } = context;
    this.#id = download.id;
    this.#last = download;
    this.#context = context;
    this.#panel = page;
    const { webview } = this.#panel;
    webview.onDidReceiveMessage((message: unknown) => {
      if (!isFromPanel(message)) return;
      if (message.type === 'ready') this.#onReady();
      else void context.act(message.action, this.#id);
    });
    webview.html = panelHtml({
      nonce: randomBytes(16).toString('hex'),
      cspSource: webview.cspSource,
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(media, 'details.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(media, 'details.css')).toString(),
      lang: vscode.env.language,
      title: download.fileName,
    });
    this.#panel.onDidChangeViewState(() => this.update());
  }

  reveal(): void {
    this.#panel.reveal();
  }

  close(): void {
    this.#panel.dispose();
  }

  /** Sends the state, unless the panel is hidden or the last answer is pending. */
  update(): void {
    if (!this.#isReady || !this.#panel.visible) return;
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    void this.#tell();
  }

  #onReady(): void {
    this.#isReady = true;
    const words = Object.fromEntries(
      Object.entries(ENGLISH_WORDS).map(([key, text]) => [key, t(text)]),
    ) as typeof ENGLISH_WORDS;
    this.#post({ type: 'words', words, locale: vscode.env.language });
    this.update();
  }

  async #tell(): Promise<void> {
    this.#isAsking = true;
    try {
      const pieces = await this.#context.client.pieces(this.#id);
      if (pieces.length > 0) this.#pieces = pieces; // while paused, the last known pieces stay
    } catch {
      // It has ended: the last known state stays.
    }
    this.#isAsking = false;
    this.#last = this.#context.client.mirror.downloads.get(this.#id) ?? {
      ...this.#last,
      state: ended(this.#last.state),
    };
    this.#post({
      type: 'snapshot',
      snapshot: snapshotOf(this.#last, this.#pieces, this.#context.completeSources(this.#last)),
    });
    if (!this.#isStale) return;
    this.#isStale = false;
    this.update();
  }

  #post(message: ToPanel): void {
    void this.#panel.webview.postMessage(message);
  }
}

function ended(state: DownloadRecord['state']): DownloadRecord['state'] {
  return state === 'complete' ? state : 'cancelled';
}

const PIECE_BYTES = 512 * 1024;

const STATES = {
  queued: 'queued',
  starting: 'preparing',
  downloading: 'downloading',
  waiting: 'downloading',
  verifying: 'checking',
  paused: 'paused',
  complete: 'complete',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;

function snapshotOf(
  download: DownloadRecord,
  pieces: Uint8Array,
  completeSources: number | undefined,
): DetailsSnapshot {
  const { fileName, groupId, sizeBytes, state, doneBytes, reusedBytes, bytesPerSecond, etaMs, error } = download;
  return {
    ...{ fileName, groupId, size: sizeBytes, pieceLength: PIECE_BYTES, state: STATES[state] },
    problem: error ? problemOf(download) : null,
    ...{ verifiedBytes: doneBytes, reusedBytes, bytesPerSecond, secondsLeft: etaMs === null ? null : etaMs / 1000 },
    isHeldKnown: isHeldKnown(download, completeSources),
    pieces: state === 'complete' ? new Uint8Array(pieces.length || download.pieceCount).fill(2) : pieces,
    sources: download.sources.map(
      (source): SourceShare => ({
        ...{ id: source.deviceId, userId: source.userId, address: source.deviceId.slice(0, 12) },
        ...{ bytes: source.bytes, bytesPerSecond: source.bytesPerSecond, state: SOURCE_STATES[source.state] },
        path: source.path === 'none' ? (source.cameBy ?? 'none') : source.path,
        ...(source.why !== undefined && { why: translateReason(source.why) }),
      }),
    ),
  };
}

/** The reason for a way in the language of the user: its first sentence is one of the SDK's, and what the tracker says may follow. */
function translateReason(why: string): string {
  const end = why.indexOf('. ') + 1;
  return end === 0 ? t(why) : t(why.slice(0, end)) + why.slice(end);
}
