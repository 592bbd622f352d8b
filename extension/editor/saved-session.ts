import type * as vscode from 'vscode';
import { fingerprintOf } from '../model/trackers/tracker-url.js';
import type { AgentSetup } from '../remote/attached-client.js';
import { settings } from './settings.js';

/** Keeps the session token in the editor's secret storage, one for each tracker, and passes it to the agent. */
export class SavedSession {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** Sends limits, tracker and session to an agent. */
  async prepare(agent: AgentSetup): Promise<void> {
    const setup = settings.setup();
    await agent.setLimits(settings.limits());
    await agent.setKeptVersions(settings.keptVersions());
    await agent.setUp(setup);
    if (setup.tracker === null) return;
    const token = await this.#secrets.get(keyOf(setup.tracker));
    if (token !== undefined) await agent.keepSession(setup.tracker, token);
  }

  /** Whether a user was signed in last. */
  async hasSession(): Promise<boolean> {
    const { tracker } = settings.setup();
    return tracker !== null && (await this.#secrets.get(keyOf(tracker))) !== undefined;
  }

  /** Stores a token, or removes the current one. */
  async keep(token: string | undefined): Promise<void> {
    const { tracker } = settings.setup();
    if (tracker === null) return;
    if (token === undefined) await this.#secrets.delete(keyOf(tracker));
    else await this.#secrets.store(keyOf(tracker), token);
  }
}

/** A tracker is identified by its key; without a known key, by its address. */
function keyOf(tracker: string): string {
  return `session ${fingerprintOf(tracker) ?? tracker}`;
}
