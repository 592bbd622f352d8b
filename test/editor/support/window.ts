import { errors, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { labelled, QuickInput } from './quick-input.js';

const NOTIFICATIONS = ':is(.notifications-toasts, .notifications-center) .notification-list-item';

/** Clicks at most on what may miss one, and how long to wait for what each of them does. */
const CLICKS = 4;
const CLICK_PATIENCE_MS = 4000;

/** The editor's window as a person sees and uses it. Everything waits for what it names, up to the time limit. */
export class EditorWindow {
  readonly page: Page;
  readonly quickInput: QuickInput;

  constructor(page: Page, seconds = 60) {
    this.page = page;
    this.quickInput = new QuickInput(page);
    page.setDefaultTimeout(seconds * 1000);
  }

  /** Opens a folder of this machine and waits until the extensions are there. */
  async open(url: string, workspaceFolder: string): Promise<void> {
    await this.page.goto(`${url}/?${new URLSearchParams({ folder: workspaceFolder })}`);
    await this.#ready();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  /** Reloads by the editor's command, before which the editor saves which tabs are open. */
  async reloadInOrder(): Promise<void> {
    await Promise.all([this.page.waitForEvent('load'), this.runCommand('Developer: Reload Window')]);
    await this.#ready();
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  /**
   * Runs a command by the title the palette shows, its category included: `Shoal: Create Group`. The palette closes if something else
   * takes the focus while it opens, and now and then its list has no height.
   */
  async runCommand(title: string): Promise<void> {
    for (let left = CLICKS; ; left--) {
      await this.page.keyboard.press('F1');
      try {
        await this.quickInput.type(`>${title}`, { timeout: CLICK_PATIENCE_MS });
        await this.quickInput.pick(title, { timeout: CLICK_PATIENCE_MS });
        return;
      } catch (error) {
        if (left === 1 || !(error instanceof errors.TimeoutError)) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Opens a link as the system does, and lets the extension have it. */
  async openLink(link: string): Promise<void> {
    await this.runCommand('Developer: Open URL');
    await this.quickInput.expect('URL to open');
    await this.quickInput.type(link);
    await this.quickInput.accept();
    const confirm = this.page.locator('.monaco-dialog-box', { hasText: 'Allow' });
    await confirm.waitFor();
    await confirm.getByRole('button', { name: 'Open', exact: true }).click();
    await confirm.waitFor({ state: 'hidden' });
  }

  /** Shows a view container by its name in the activity bar. */
  async openView(name: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name });
    await tab.waitFor();
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
  }

  /** An item of any tree: by its exact label, or by what a screen reader says of it, description included. */
  treeItem(name: string | RegExp): Locator {
    return itemIn(this.page.locator('.monaco-workbench'), name);
  }

  /** An item of any tree that is selected, as one is after the extension has revealed it. */
  selectedItem(name: string | RegExp): Locator {
    return this.treeItem(name).and(this.page.locator('[aria-selected="true"]'));
  }

  /** A file or a folder in the Explorer. */
  explorerItem(name: string | RegExp): Locator {
    return itemIn(this.page.locator('.explorer-folders-view'), name);
  }

  /** Presses the icon that an item shows when the mouse is over it. */
  async inlineAction(item: Locator, actionName: string): Promise<void> {
    await item.hover();
    await item.getByRole('button', { name: actionName, exact: true }).click();
  }

  /** Clicks until something shows: a row that is drawn anew between the button's going down and up hears of neither. */
  async clickFor(target: Locator, shown: Locator, button: 'left' | 'right' = 'left'): Promise<void> {
    for (let left = CLICKS; ; left--) {
      await target.click({ button });
      try {
        await shown.waitFor({ timeout: CLICK_PATIENCE_MS });
        return;
      } catch (error) {
        if (left === 1 || !(error instanceof errors.TimeoutError)) throw error;
      }
    }
  }

  /** Right-clicks, and chooses from the menu that opens. */
  async contextMenu(target: Locator, itemName: string): Promise<void> {
    const item = this.page.locator('.monaco-menu').getByRole('menuitem', { name: itemName, exact: true });
    await this.clickFor(target, item, 'right');
    // A menu hears no button go up in its first tenth of a second, lest the right click itself choose something.
    await item.click({ delay: 200 });
    await item.waitFor({ state: 'hidden' });
    await this.page.mouse.move(0, 0); // the row that is under the menu would show what it has to say, over other rows
  }

  /**
   * Waits for a notification with this text. Only the newest three are shown, for ten seconds or more, and of those
   * that come within a second only the first three are shown at all.
   */
  async notification(text: string | RegExp): Promise<Locator> {
    const found = this.page
      .locator(NOTIFICATIONS)
      .filter({ has: this.page.locator('.notification-list-item-message', { hasText: text }) })
      .first();
    await found.waitFor();
    return found;
  }

  async clickNotificationButton(text: string | RegExp, button: string): Promise<void> {
    const found = await this.notification(text);
    await found.getByRole('button', { name: button, exact: true }).click();
  }

  /** Takes all notifications away, so that what comes next is seen to be new. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
    await this.page.locator(NOTIFICATIONS).first().waitFor({ state: 'hidden' });
  }

  /** Waits for a dialog that stands before everything else, with this message or detail. */
  async modal(text: string | RegExp): Promise<Locator> {
    const dialog = this.page.locator('.monaco-dialog-box').filter({ hasText: text });
    await dialog.waitFor();
    return dialog;
  }

  /** Answers the dialog that is open. */
  async clickModal(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.locator('.dialog-buttons').getByRole('button', { name: button, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** The content of a webview that is shown. Where there are several, they count in the order they were opened. */
  webviewFrame(nth = 0): FrameLocator {
    const shown = this.page.locator('iframe.webview.ready').filter({ visible: true });
    return shown.nth(nth).contentFrame().frameLocator('#active-frame');
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text }).first();
  }

  /** The palette lists an extension's commands, and the views their items, once its contributions are taken in. */
  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.waitForFunction(() => performance.getEntriesByName('code/didHandleExtensionPoints').length > 0);
  }
}

function itemIn(container: Locator, name: string | RegExp): Locator {
  if (typeof name !== 'string') return container.getByRole('treeitem', { name });
  return container.getByRole('treeitem').filter({ has: labelled(container.page(), name) });
}
