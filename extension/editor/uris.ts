import * as vscode from 'vscode';

export function isUri(value: unknown): value is vscode.Uri {
  return value instanceof vscode.Uri;
}
