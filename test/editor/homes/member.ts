import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import * as z from 'zod';
import { VSIX } from '../support/extensions.js';
import { createAccount } from '../support/settle-in.js';
import { SCREENSHOTS, sha1Of } from '../support/stage.js';
import { lookAtStatus, servePerson } from './at-editor.js';
import { type Fetched, FILE, GROUP, MEMBER, OWNER } from './messages.js';

/** The person who is invited, at an editor without the extension. Argument: another language or ''. */

const [locale = ''] = process.argv.slice(2);
const EXTENSION = new URL('../../../extension/', import.meta.url).pathname;
/** For as long as the relay's rate may make a large file last. */
const PATIENCE_MS = 1_800_000;

await servePerson(MEMBER, { isBare: true }, (desk) => {
  const { window } = desk;
  return {
    async join(link) {
      await window.runCommand('Extensions: Install from VSIX...');
      await window.quickInput.choosePath(VSIX);
      await window.page.locator('.activitybar').getByRole('tab', { name: 'Shoal' }).waitFor();
      await window.openLink(link);
      await window.modal(`Ask to join the group ${GROUP}`);
      await desk.screenshot('homes-invitation');
      await window.clickModal('Ask to Join');
      await createAccount(window, MEMBER);
      await window.treeItem(new RegExp(`^Group ${GROUP}, request sent to ${OWNER}`)).waitFor();
    },
    async fetch(): Promise<Fetched> {
      const group = window.treeItem(new RegExp(`^Group ${GROUP}, 1 new · member`));
      await group.waitFor();
      const file = window.treeItem(new RegExp(`^File ${FILE}`));
      await window.clickFor(group, file);
      const begunMs = performance.now();
      const seconds = window.page
        .locator('.notification-list-item-message', { hasText: `${FILE} from ${GROUP} is complete.` })
        .waitFor({ timeout: PATIENCE_MS })
        .then(() => (performance.now() - begunMs) / 1000);
      await window.inlineAction(file, 'Download');
      const transfer = window.treeItem(new RegExp(`^Download of ${FILE} from ${GROUP}`));
      const panel = window.webviewFrame();
      await window.clickFor(transfer, panel.getByRole('cell', { name: OWNER }));
      const source = await sourceIn(panel);
      await desk.screenshot('homes-member');
      const read = [await lookAtStatus(window, 'homes-member-status')];
      const taken = await seconds;
      await desk.screenshot('homes-member-complete');
      read.push(`complete: ${await sourceIn(panel)}`);
      if (locale !== '') read.push(await lookInLanguage());
      return { sha1: sha1Of(join(desk.downloads, FILE)), seconds: taken, source, read };
    },
  };

  async function lookInLanguage(): Promise<string> {
    const foreign = await desk.foreignWindow(locale);
    await foreign.openView('Shoal');
    await foreign.contextMenu(foreign.treeItem(new RegExp(`^Download .*${FILE}`)), detailsIn(locale));
    const source = await sourceIn(foreign.webviewFrame());
    await foreign.screenshot(join(SCREENSHOTS, `homes-member-${locale}.png`));
    return `${source}\n${await lookAtStatus(foreign, `homes-member-${locale}-status`)}`;
  }
});

/** What the menu calls the panel in a language. */
function detailsIn(locale: string): string {
  const titles: unknown = JSON.parse(readFileSync(join(EXTENSION, `package.nls.${locale}.json`), 'utf8'));
  return z.object({ 'command.showDetails': z.string() }).parse(titles)['command.showDetails'];
}

/** What the panel says about the first source, once a way leads to it. */
async function sourceIn(panel: FrameLocator): Promise<string> {
  const row = panel.locator('#source-rows tr').first();
  await row.locator('.way:not(:empty)').waitFor();
  return (await row.innerText()).replaceAll(/\s*\n\s*/g, ' · ');
}
