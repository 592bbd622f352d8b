import * as vscode from 'vscode';
import type { MarkedFile, NewsMarks } from '../model/news/news-marks.js';
import { t } from '../words/index.js';
import { FILE_SCHEME, fileUri } from './group-items.js';

/** Marks what is new in the tree of groups. */
export class NewsDecorations implements vscode.FileDecorationProvider {
  readonly #marks: NewsMarks;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(marks: NewsMarks) {
    this.#marks = marks;
  }

  refresh(files: readonly MarkedFile[]): void {
    if (files.length > 0) this.#changed.fire(files.map(({ groupId, fileName }) => fileUri(groupId, fileName)));
  }

  provideFileDecoration({ scheme, path }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== FILE_SCHEME) return undefined;
    const [, groupId = '', ...rest] = path.split('/');
    if (!this.#marks.isMarked(groupId, rest.join('/'))) return undefined;
    return {
      badge: '●',
      tooltip: t('New'),
      color: new vscode.ThemeColor('gitDecoration.addedResourceForeground'),
      propagate: true,
    };
  }
}
