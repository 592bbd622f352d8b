import type * as vscode from 'vscode';
import { trackerName } from '../model/trackers/tracker-url.js';

const KEY = 'trackersUsed';
/** Length of the list. */
const MAX_KNOWN = 10;

/** Addresses of earlier trackers, latest first. */
export function knownTrackers(state: vscode.Memento): string[] {
  const kept: unknown = state.get(KEY);
  return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string') : [];
}

export async function rememberTracker(state: vscode.Memento, url: string): Promise<void> {
  const others = knownTrackers(state).filter((one) => trackerName(one) !== trackerName(url));
  await state.update(KEY, [url, ...others].slice(0, MAX_KNOWN));
}
