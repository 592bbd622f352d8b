import assert from 'node:assert/strict';
import { fileInTab } from '../../../../extension/model/sharing/tab-file.js';

class Place {
  readonly scheme: string;
  readonly path: string;

  constructor(scheme: string, path: string) {
    this.scheme = scheme;
    this.path = path;
  }
}

describe('the file of a tab', () => {
  const isPlace = (value: unknown): value is Place => value instanceof Place;
  const at = (path: string) => new Place('file', path);
  const old = (path: string) => new Place('git', path);

  /** In the shapes of `vscode.TabInput…`. */
  const tabs: [tab: string, input: unknown, file: string | undefined][] = [
    ['a text', { uri: at('/w/a.md') }, '/w/a.md'],
    ['a notebook', { uri: at('/w/a.ipynb'), notebookType: 'jupyter-notebook' }, '/w/a.ipynb'],
    ['an image in its preview', { uri: at('/w/a.png'), viewType: 'imagePreview.previewEditor' }, '/w/a.png'],
    ['a comparison with what was', { original: old('/w/a.md'), modified: at('/w/a.md') }, '/w/a.md'],
    ['a comparison of two files', { original: at('/w/a.md'), modified: at('/w/b.md') }, '/w/b.md'],
    ['a comparison with what comes', { original: at('/w/a.md'), modified: old('/w/a.md') }, '/w/a.md'],
    [
      'a comparison of notebooks',
      { original: old('/w/a.ipynb'), modified: at('/w/a.ipynb'), notebookType: 'jupyter-notebook' },
      '/w/a.ipynb',
    ],
    ['a comparison of what was', { original: old('/w/a.md'), modified: old('/w/a.md') }, undefined],
    ['a text without a file', { uri: new Place('untitled', 'Untitled-1') }, undefined],
    ['a file on another computer', { uri: new Place('vscode-vfs', '/a.md') }, undefined],
    ['a window of an interpreter', { uri: new Place('vscode-interactive', '1'), inputBoxUri: at('/w/a') }, undefined],
    ['a web view', { viewType: 'markdown.preview' }, undefined],
    ['a terminal', {}, undefined],
    ['a tab of an unknown kind', undefined, undefined],
    ['no place, but something like it', { uri: { scheme: 'file', path: '/w/a.md' } }, undefined],
  ];
  for (const [tab, input, file] of tabs) {
    it(`of ${tab} is ${file ?? 'none'}`, () => assert.equal(fileInTab(input, isPlace)?.path, file));
  }
});
