import type { Locator, Page } from 'playwright-core';

/** The label of an item of a list or a tree, when it is exactly this. */
export function labelled(page: Page, label: string): Locator {
  const escaped = label.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return page.locator('.label-name').filter({ hasText: new RegExp(`^\\s*${escaped}\\s*$`) });
}

/** The box at the top of the window that asks for one thing: a choice, a text, a path or a command. */
export class QuickInput {
  readonly widget: Locator;
  readonly #input: Locator;
  readonly #message: Locator;

  constructor(page: Page) {
    this.widget = page.locator('.quick-input-widget').filter({ visible: true });
    this.#input = this.widget.locator('.quick-input-box input, .quick-input-filter input').first();
    this.#message = this.widget.locator('.quick-input-message');
  }

  /** Waits until what is asked has this title, placeholder or prompt. */
  async expect(text: string): Promise<void> {
    const quoted = JSON.stringify(text);
    const marks = [
      `.quick-input-title:text-is(${quoted})`,
      `.quick-input-message:has-text(${quoted})`,
      `input[placeholder=${quoted}]`,
    ];
    await this.widget.locator(marks.join(', ')).first().waitFor();
  }

  /** Replaces what is written in the box. */
  async type(text: string, options: { readonly timeout?: number } = {}): Promise<void> {
    await this.#input.fill(text, options);
  }

  /** What is written in the box. */
  value(): Promise<string> {
    return this.#input.inputValue();
  }

  /** Types a password that is made up, and once more when that is asked for. */
  async typeTwice(password: string, again = 'Repeat the password'): Promise<void> {
    await this.type(password);
    await this.accept();
    await this.expect(again);
    await this.type(password);
    await this.accept();
  }

  /** The choice with exactly this label. In a list longer than the box, type first. */
  row(label: string): Locator {
    return this.widget
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: labelled(this.widget.page(), label) })
      .first();
  }

  /** Takes the choice with this label. Where several may be taken, ticks it: then `accept` ends. */
  async pick(label: string, options: { readonly timeout?: number } = {}): Promise<void> {
    await this.row(label).click(options);
  }

  /** Enter: takes what is written or marked. */
  async accept(): Promise<void> {
    await this.#input.press('Enter');
  }

  /**
   * Answers an open or save dialog, which is drawn in this box too. A folder ends in `/`. An Enter that comes while the
   * dialog still reads that folder only goes into it, so it is pressed for as long as the dialog stands there.
   */
  async choosePath(path: string): Promise<void> {
    await this.row('..').waitFor();
    await this.type(path);
    for (let presses = 0; presses < 10; presses++) {
      await this.#input.press('Enter', { timeout: 1000 }).catch(() => undefined);
      if (!(await this.#stillAsks(path))) return;
    }
    throw new Error(`The dialog does not take ${path}: ${await this.#message.innerText()}`);
  }

  /** Escape. */
  async cancel(): Promise<void> {
    await this.#input.press('Escape');
    await this.widget.waitFor({ state: 'hidden' });
  }

  /** Waits until the text is refused, and returns why. */
  async validationMessage(): Promise<string> {
    await this.widget.locator('.monaco-inputbox.error, .monaco-inputbox.warning').waitFor();
    return (await this.#message.innerText()).trim();
  }

  async #stillAsks(text: string): Promise<boolean> {
    const closed = this.widget.waitFor({ state: 'hidden', timeout: 1000 }).then(
      () => true,
      () => false,
    );
    if (await closed) return false;
    return (await this.#input.inputValue({ timeout: 1000 }).catch(() => '')) === text;
  }
}
