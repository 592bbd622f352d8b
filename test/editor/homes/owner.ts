import { connectTo, copyInvitation, createAccount, createGroup, shareFromExplorer } from '../support/settle-in.js';
import { lookAtStatus, servePerson } from './at-editor.js';
import { FILE, GROUP, type Invitation, MEMBER, OWNER } from './messages.js';

/** The person with the file, at an editor in which the extension is installed already. Argument: the file's MiB. */

const [sizeMib] = process.argv.slice(2);

await servePerson(OWNER, {}, (desk) => {
  const { window } = desk;
  return {
    async invite(tracker): Promise<Invitation> {
      const sha1 = desk.file(FILE, Number(sizeMib) * 2 ** 20);
      await connectTo(window, tracker);
      await createAccount(window, OWNER);
      await createGroup(window, GROUP);
      return { link: await copyInvitation(window, GROUP), sha1 };
    },
    async letIn() {
      await window.inlineAction(window.treeItem(new RegExp(`^${MEMBER} asks to join ${GROUP}`)), 'Accept Request');
      await shareFromExplorer(window, FILE, GROUP);
      await window.openView('Shoal');
    },
    async watch() {
      const upload = window.treeItem(new RegExp(`^Upload of ${FILE}, to ${MEMBER}`));
      await upload.waitFor();
      const read = [(await upload.getAttribute('aria-label')) ?? ''];
      await desk.screenshot('homes-owner');
      return [...read, await lookAtStatus(window, 'homes-owner-status')];
    },
  };
});
