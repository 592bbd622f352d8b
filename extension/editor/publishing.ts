import type * as vscode from 'vscode';
import { PendingSaves } from '../model/sharing/pending-saves.js';
import { PublishChoices } from '../model/sharing/publish-choices.js';
import { CoalescingQueue } from '../model/tree/coalescing-queue.js';
import { Backups } from './backups.js';
import { Conflicts } from './conflicts.js';
import { ShownCopies } from './shown-copies.js';

/** What this window knows about publishing the changes of shared files. */
export class Publishing {
  readonly saves = new PendingSaves();
  readonly choices: PublishChoices;
  /** One publication of a file at a time. */
  readonly queue = new CoalescingQueue();
  readonly conflicts = new Conflicts();
  readonly backups: Backups;
  readonly shown: ShownCopies;

  constructor({ globalState, globalStorageUri }: Pick<vscode.ExtensionContext, 'globalState' | 'globalStorageUri'>) {
    this.choices = new PublishChoices(globalState);
    this.backups = new Backups(`${globalStorageUri.fsPath}/backups`);
    this.shown = new ShownCopies(`${globalStorageUri.fsPath}/shown`);
  }
}
