import * as vscode from 'vscode';

/** Whether the user sits at the computer that this code runs on. */
export function isDesktop(): boolean {
  return vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
}
