import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';

/** Shorter work shows no progress. */
const SHOWN_AFTER_MS = 500;

type Report = (part: number, message?: string) => void;

/**
 * Runs work that the user waits for. If it takes a while, a notification shows its progress and can stop it.
 * @param work receives a function that reports the progress from 0 to 1, and a signal
 */
export async function withPatience<T>(
  title: string,
  cancellable: boolean,
  work: (report: Report, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let told = 0;
  let show: (increment: number, message?: string) => void = () => {};
  const done = work((part, message) => {
    show((part - told) * 100, message);
    told = part;
  }, stop.signal);
  const isSlow = await Promise.race([
    done.then(
      () => false,
      () => false,
    ),
    sleep(SHOWN_AFTER_MS, true),
  ]);
  if (!isSlow) return done;
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress({ location, title, cancellable }, async (progress, token) => {
    token.onCancellationRequested(() => stop.abort());
    show = (increment, message) => progress.report({ increment, ...(message !== undefined && { message }) });
    show(told * 100);
    return done;
  });
}
