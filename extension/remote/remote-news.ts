import type { NewsRecord } from '../contract/contract.js';
import { AttachedClient } from './attached-client.js';

/** The part of a window's client for what is new in the groups. */
export abstract class RemoteNews extends AttachedClient {
  /** The groups with unseen files; the events `news` and `newsDue` follow from now on. */
  async listNews(): Promise<NewsRecord[]> {
    return (await this.ask('listNews', {})).groups;
  }

  /** The user has seen what was published until this time of the tracker. */
  async seeNews(groupId: string, untilMs: number): Promise<void> {
    await this.ask('seeNews', { groupId, untilMs });
  }

  /** Asks to tell the news of groups. Returns those that no other window tells. */
  async claimNews(groupIds: readonly string[]): Promise<string[]> {
    return (await this.ask('claimNews', { groupIds: [...groupIds] })).granted;
  }
}
