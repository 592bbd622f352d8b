import { join } from 'node:path';
import { Desk, type DeskOptions, SCREENSHOTS } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';
import { CALL } from './messages.js';

/** A person at an editor, in a process of its own: takes the steps that the parent asks for, and ends when the parent lets go of it. */

/** Two editors and two browsers share the computer. */
const PATIENCE_MS = 180_000;

export type Step = (argument: string) => Promise<unknown>;

/** Serves steps until the parent disconnects. The first one that fails leaves a picture and ends the process. */
export async function servePerson(
  name: string,
  options: DeskOptions,
  stepsAt: (desk: Desk) => Readonly<Record<string, Step>>,
): Promise<void> {
  process.once('disconnect', () => process.exit(1)); // before there is anything to put away
  const desk = await Desk.open(name, { ...options, isOnNetwork: true });
  desk.window.page.setDefaultTimeout(PATIENCE_MS);
  process.removeAllListeners('disconnect');
  const steps = stepsAt(desk);
  process.on('message', (message) => void take(message));
  process.once('disconnect', () => void desk.close().finally(() => process.exit(0)));

  async function take(message: unknown): Promise<void> {
    try {
      const { step, argument } = CALL.parse(message);
      process.send?.({ answer: await steps[step]?.(argument) });
    } catch (error) {
      process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      await desk.screenshot(`failed-homes-${name}`).catch(() => {}); // the window may be what failed
      process.exit(1);
    }
  }
}

/** Takes a picture with the tooltip of the status bar's item open. Returns what it says. */
export async function lookAtStatus(window: EditorWindow, picture: string): Promise<string> {
  const { page } = window;
  await page.locator('.statusbar-item[id^="shoal.shoal"]').hover();
  const tooltip = page.locator('.workbench-hover').filter({ hasText: 'Shoal:' });
  await tooltip.waitFor();
  const text = (await tooltip.innerText()).trim();
  await window.screenshot(join(SCREENSHOTS, `${picture}.png`));
  await page.mouse.move(600, 300);
  return text;
}
