import { parseTrackerUrl } from '@shoal/sdk/protocol';
import type * as vscode from 'vscode';
import type { AgentSetup } from '../remote/attached-client.js';
import { settings } from './settings.js';

/** Keeps the session's token in the editor's secret storage, one for each tracker, and hands it to the agent. */
export class SavedSession {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** Tells an agent what to keep to, which tracker, and which session there. */
  async prepare(agent: AgentSetup): Promise<void> {
    const setup = settings.setup();
    await agent.setLimits(settings.limits());
    await agent.setUp(setup);
    if (setup.tracker === null) return;
    const token = await this.#secrets.get(keyOf(setup.tracker));
    if (token !== undefined) await agent.keepSession(setup.tracker, token);
  }

  /** Whether someone was signed in last. */
  async hasSession(): Promise<boolean> {
    const { tracker } = settings.setup();
    return tracker !== null && (await this.#secrets.get(keyOf(tracker))) !== undefined;
  }

  /** Keeps a token, or forgets the one that is there. */
  async keep(token: string | undefined): Promise<void> {
    const { tracker } = settings.setup();
    if (tracker === null) return;
    if (token === undefined) await this.#secrets.delete(keyOf(tracker));
    else await this.#secrets.store(keyOf(tracker), token);
  }
}

/** A tracker is who holds its key, wherever it is; one whose key is not known is its address. */
function keyOf(tracker: string): string {
  const { fingerprint } = parseTrackerUrl(tracker);
  return `session ${fingerprint ?? tracker}`;
}
