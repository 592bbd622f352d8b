import type { SharedFile } from '@shoal/sdk';
import * as vscode from 'vscode';

/** A shared file that was edited here, while somebody else published a version of it. */
export interface Conflict {
  readonly groupId: string;
  readonly fileName: string;
  /** The file here. */
  readonly path: string;
  /** The newest version in the group. */
  readonly newest: SharedFile & { readonly version: number };
  /** A file with the content of that version; undefined before it is shown. */
  readonly theirs?: vscode.Uri;
}

/** The conflicts that are shown to the user, by path. Menus of comparisons offer the ways out. */
export class Conflicts {
  readonly #shown = new Map<string, Conflict>();

  get all(): readonly Conflict[] {
    return [...this.#shown.values()];
  }

  find(path: string): Conflict | undefined {
    return this.#shown.get(path);
  }

  add(conflict: Conflict): void {
    this.#shown.set(conflict.path, conflict);
    this.#tell();
  }

  /** A conflict is over: its comparison closes. */
  async end(path: string): Promise<void> {
    const conflict = this.#shown.get(path);
    if (!conflict) return;
    this.#shown.delete(path);
    this.#tell();
    const isOf = ({ input }: vscode.Tab) =>
      input instanceof vscode.TabInputTextDiff && input.original.toString() === conflict.theirs?.toString();
    await vscode.window.tabGroups.close(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.filter(isOf)));
  }

  #tell(): void {
    const paths = this.all.flatMap(({ path }) => [path, vscode.Uri.file(path).path]);
    void vscode.commands.executeCommand('setContext', 'shoal.conflicts', [...new Set(paths)]);
    void vscode.commands.executeCommand('setContext', 'shoal.hasConflicts', paths.length > 0);
  }
}
