import { setTimeout as sleep } from 'node:timers/promises';
import type { ShoalClient } from '../../../sdk/index.js';
import { MAX_KEPT_VERSIONS } from '../../../sdk/protocol/index.js';

/** Between two changes of one client. */
const WRITE_EVERY_MS = 20;

/** A client that changes a setting of its own group again and again. */
export class SettingWriter {
  readonly #client: ShoalClient;
  readonly #groupId: string;
  #isStopped = false;
  #tried = 1;
  /** The last value that the tracker acknowledged. */
  #kept = 1;
  #acknowledged = 0;
  #onAcknowledged = () => {};

  private constructor(client: ShoalClient) {
    this.#client = client;
    this.#groupId = `of ${client.userId}`;
  }

  static async start(client: ShoalClient): Promise<SettingWriter> {
    const writer = new SettingWriter(client);
    await client.createGroup(writer.#groupId, { keepVersions: 1 });
    return writer;
  }

  nextAcknowledged(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAcknowledged = resolve;
    });
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Writes until a write fails, because the node is lost, or until it is stopped. */
  async write(): Promise<void> {
    this.#isStopped = false;
    while (!this.#isStopped) {
      this.#tried = (this.#kept % MAX_KEPT_VERSIONS) + 1;
      try {
        await this.#client.changeGroup(this.#groupId, { keepVersions: this.#tried });
      } catch {
        return; // it may have been written all the same
      }
      this.#kept = this.#tried;
      this.#acknowledged++;
      this.#onAcknowledged();
      await sleep(WRITE_EVERY_MS); // the pace of the load, and not a wait for an event
    }
  }

  /** The number of acknowledged writes since the last check, and whether the newest of them is lost. */
  async check(): Promise<{ acknowledged: number; lost: number }> {
    const groups = await this.#client.listGroups();
    const stored = groups.find(({ groupId }) => groupId === this.#groupId)?.keepVersions;
    const lost = stored === this.#kept || stored === this.#tried ? 0 : 1;
    const acknowledged = this.#acknowledged;
    this.#acknowledged = 0;
    this.#kept = stored ?? 1;
    return { acknowledged, lost };
  }
}
