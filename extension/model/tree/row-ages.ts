import { formatAge } from '../../words/index.js';
import type { FileNode } from './tree-nodes.js';

interface Shown {
  readonly node: FileNode;
  readonly atMs: number;
  readonly text: string;
}

/** The ages that rows show, so that only rows whose text has become wrong are drawn again. */
export class RowAges {
  readonly #shown = new Map<string, Shown>();

  /** A row shows the age of this time. */
  show(node: FileNode, atMs: number, nowMs: number): void {
    this.#shown.set(node.id, { node, atMs, text: formatAge(atMs, nowMs) });
  }

  /** A row shows no age any more. */
  drop(node: FileNode): void {
    this.#shown.delete(node.id);
  }

  /** The rows with another age by now. They are forgotten until they are shown again. */
  due(nowMs: number): FileNode[] {
    const due = [...this.#shown.values()].filter(({ atMs, text }) => formatAge(atMs, nowMs) !== text);
    for (const { node } of due) this.#shown.delete(node.id);
    return due.map(({ node }) => node);
  }
}
