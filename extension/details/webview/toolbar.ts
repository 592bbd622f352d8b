/// <reference lib="dom" />
import { ACTION_WORDS, actionsFor } from './page/actions.js';
import { byId, setText } from './page/dom.js';
import type { DetailsSnapshot, PanelAction } from './page/messages.js';
import type { Words } from './page/words.js';

/** The buttons for the current actions. */
export class Toolbar {
  readonly #host = byId('toolbar', HTMLElement);
  readonly #buttons = new Map<PanelAction, HTMLButtonElement>();

  constructor(onAction: (action: PanelAction) => void) {
    for (const action of Object.keys(ACTION_WORDS) as PanelAction[]) {
      const button = document.createElement('button');
      button.type = 'button';
      button.hidden = true;
      button.addEventListener('click', () => onAction(action));
      this.#buttons.set(action, button);
      this.#host.append(button);
    }
  }

  draw(state: DetailsSnapshot['state'], words: Words): void {
    const offered = actionsFor(state);
    const [likeliest] = offered;
    const focused = document.activeElement;
    let lost = false;
    for (const [action, button] of this.#buttons) {
      setText(button, words[ACTION_WORDS[action]]);
      button.hidden = !offered.includes(action);
      button.classList.toggle('primary', action === likeliest && action !== 'cancel');
      if (button === focused && button.hidden) lost = true;
    }
    if (lost && likeliest !== undefined) this.#buttons.get(likeliest)?.focus();
  }
}
