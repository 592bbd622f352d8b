/// <reference lib="dom" />
import type { Words } from './words.js';

/** An element that the markup contains. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no #${id}`);
  return found;
}

/** Writes a text only if it changed: an unchanged one costs no layout, and no attention of a screen reader. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Writes the texts of the markup: `data-word` for content, `data-label` for names. */
export function applyWords(words: Words): void {
  const named: Readonly<Record<string, string | undefined>> = words;
  for (const element of document.querySelectorAll<HTMLElement>('[data-word]')) {
    setText(element, named[element.dataset.word ?? ''] ?? '');
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
    setAttribute(element, 'aria-label', named[element.dataset.label ?? ''] ?? '');
  }
}

/** Runs a task before the next frame, once for several calls. */
export function coalesced(task: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      task();
    });
  };
}

/** Adapts a canvas to the pixel density. Returns true if its size changed, which also clears it. */
export function sizeCanvas(canvas: HTMLCanvasElement, width: number, height: number): boolean {
  const scale = devicePixelRatio;
  canvas.style.width = `${width / scale}px`;
  canvas.style.height = `${height / scale}px`;
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

/** Calls back when the width of an element or the pixel density changes. */
export function onResize(element: Element, callback: () => void): void {
  new ResizeObserver(callback).observe(element);
  const watchDensity = (): void => {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        callback();
        watchDensity();
      },
      { once: true },
    );
  };
  watchDensity();
}
