import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { KeptVersionsRecord, LimitsRecord, Setup } from '../contract/contract.js';
import { limitsOf } from '../model/downloads/rates.js';
import { keptVersionsOf } from '../model/sharing/kept-sizes.js';
import type { PublishMode } from '../model/sharing/publish-choices.js';
import { readTrackerInput } from '../model/trackers/tracker-input.js';

const SECTION = 'shoal';

/** The user's settings, read when needed. */
export const settings = {
  /** As the user typed it; '' for none. */
  get trackerText(): string {
    return read('tracker', '').trim();
  },

  /** `wss://host:port#fingerprint`; null for none. @throws ShoalError `TRACKER_INVALID` */
  get tracker(): string | null {
    return this.trackerText === '' ? null : readTrackerInput(this.trackerText);
  },

  get downloadFolder(): string {
    const folder = read('downloadFolder', '').trim();
    if (folder === '') return join(homedir(), 'Downloads');
    return folder.replace(/^~(?=$|[/\\])/, homedir());
  },

  get askForDownloadFolder(): boolean {
    return read('askForDownloadFolder', false);
  },

  get notifyWhenDownloaded(): boolean {
    return read('notifyWhenDownloaded', true);
  },

  get publishOnSave(): PublishMode {
    const mode = read<string>('publishOnSave', 'ask');
    return mode === 'always' || mode === 'never' ? mode : 'ask';
  },

  get digest(): 'sha1' | 'sha256' {
    return read<string>('digest', 'sha1') === 'sha256' ? 'sha256' : 'sha1';
  },

  get hostPort(): number {
    return read('host.port', 0);
  },

  /** Where colleagues reach this computer; '' for its first address in a local network. */
  get hostAddress(): string {
    return read('host.address', '').trim();
  },

  get hostKeepRunning(): boolean {
    return read('host.keepRunning', false);
  },

  get showStatusBar(): boolean {
    return read('showStatusBar', true);
  },

  get decorateExplorer(): boolean {
    return read('decorateExplorer', true);
  },

  /** How the user hears of files that others publish. */
  get news(): 'badge' | 'digest' | 'off' {
    const value = read<string>('news', 'badge');
    return value === 'digest' || value === 'off' ? value : 'badge';
  },

  /** The setup for the agent; an invalid tracker counts as none. */
  setup(): Setup {
    let tracker: string | null = null;
    try {
      ({ tracker } = this);
    } catch {
      tracker = null; // the settings page marks it, and connecting reports it
    }
    const connect = read<string>('connect', 'auto');
    return {
      tracker,
      listen: read('listen', '').trim() || '[::]:0',
      advertise: read('advertise', '').trim() || null,
      connect: connect === 'direct' || connect === 'relay' ? connect : 'auto',
      portMapping: read('portMapping', true),
      keepSharing: read('keepSharing', false),
    };
  },

  /** The limits of all transfers together. */
  limits(): LimitsRecord {
    return limitsOf(read('limits.download', 0), read('limits.upload', 0), read('limits.downloadsAtOnce', 5));
  },

  /** What of the published files is also kept. */
  keptVersions(): KeptVersionsRecord {
    return keptVersionsOf(read('keptVersions.maxFileSize', 32), read('keptVersions.maxTotalSize', 2048));
  },

  async setHostKeepRunning(keepRunning: boolean): Promise<void> {
    await vscode.workspace
      .getConfiguration(SECTION)
      .update('host.keepRunning', keepRunning, vscode.ConfigurationTarget.Global);
  },

  async setTracker(url: string | undefined): Promise<void> {
    await vscode.workspace.getConfiguration(SECTION).update('tracker', url, vscode.ConfigurationTarget.Global);
  },
};

/** Calls back when any of these settings changes. */
export function onSettings(names: readonly string[], listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) listener();
  });
}

function read<T>(name: string, fallback: T): T {
  return vscode.workspace.getConfiguration(SECTION).get<T>(name) ?? fallback;
}
