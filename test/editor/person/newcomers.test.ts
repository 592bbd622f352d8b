import assert from 'node:assert/strict';
import { join } from 'node:path';
import { connectTo, copyInvitation, createAccount, shareFromExplorer } from '../support/settle-in.js';
import { Desk, sha1Of } from '../support/stage.js';

const MIB = 1 << 20;

/** Two people with nothing but the packed extension, each at an editor of their own on one computer. */
describe('two newcomers', function () {
  this.timeout(300_000);
  let alice: Desk;
  let bob: Desk;

  before(async () => {
    [alice, bob] = await Promise.all([Desk.open('alice'), Desk.open('bob')]);
  });
  after(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await alice.screenshot('failed-alice');
    await bob.screenshot('failed-bob');
  });

  it('get from the welcome view to a file that is shared and downloaded', async () => {
    const digest = alice.file('thesis.pdf', 5 * MIB);
    const startedAt = performance.now();
    await alice.window.openView('Shoal');
    await alice.window.page.locator('.monaco-link', { hasText: 'Host one on this computer' }).click();
    await createAccount(alice.window, 'alice');
    await alice.window.page.locator('.monaco-button', { hasText: 'Create Group…' }).click();
    await alice.window.quickInput.expect('Create Group');
    await alice.window.quickInput.type('thesis');
    await alice.window.quickInput.accept();
    const link = await copyInvitation(alice.window, 'thesis');
    assert.match(link, /:\/\/shoal\.shoal\/join\?tracker=.*&fingerprint=[0-9a-f]{64}&group=thesis$/);

    await connectTo(bob.window, link);
    await createAccount(bob.window, 'bob');
    await bob.window.treeItem(/^Group thesis, request sent to alice/).waitFor();

    await alice.window.inlineAction(alice.window.treeItem(/^bob asks to join thesis/), 'Accept Request');
    await shareFromExplorer(alice.window, 'thesis.pdf', 'thesis');

    const theirs = bob.window.treeItem(/^Group thesis, 1 new · member/);
    await theirs.waitFor();
    await theirs.click();
    const file = bob.window.treeItem(/^File thesis\.pdf/);
    await bob.window.clickFor(file, bob.window.quickInput.row('Download and Open')); // with nothing here yet
    await bob.window.quickInput.pick('Download');
    await bob.window.notification('thesis.pdf from thesis is complete.');
    const seconds = (performance.now() - startedAt) / 1000;
    await bob.window.treeItem(/^File thesis\.pdf, downloaded · 5 MiB/).waitFor();
    assert.equal(sha1Of(join(bob.downloads, 'thesis.pdf')), digest);
    await alice.screenshot('20-alice');
    await bob.screenshot('21-bob');
    console.log(
      `      from the welcome view to the file, both people's steps one after the other: ${seconds.toFixed(1)} s`,
    );
  });
});
