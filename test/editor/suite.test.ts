import assert from 'node:assert/strict';
import { runSuites, SERVER_EDITOR } from './support/suites.js';

describe("the editor's own suite", function () {
  this.timeout(300_000);

  it('passes inside the extension host, and leaves no secret on the disk', async () => {
    const leaks = await runSuites(['editor/suite/extension'], { vscodeExecutablePath: SERVER_EDITOR });
    assert.deepEqual(leaks, []);
  });
});
