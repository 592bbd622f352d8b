import type { Abortable, FileVersion, Group, GroupOptions, RevertOptions, Share, ShareMove } from '@shoal/sdk';
import { RemoteNews } from './remote-news.js';

/** The part of a window's client for what becomes of shared files, and for the settings of groups, as in the SDK. */
export abstract class RemoteVersions extends RemoteNews {
  async listVersions(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<FileVersion[]> {
    return (await this.ask('listVersions', { groupId, fileName }, signal)).versions;
  }

  revertFile(
    groupId: string,
    fileName: string,
    version: number,
    { signal, note }: RevertOptions = {},
  ): Promise<FileVersion> {
    return this.ask('revertFile', { groupId, fileName, version, note }, signal);
  }

  async removeFile(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('removeFile', { groupId, fileName }, signal);
    this.changeShares([], [{ groupId, fileName }]);
  }

  async moveShares(moves: readonly ShareMove[]): Promise<Share[]> {
    const { shares } = await this.ask('moveShares', { moves: moves.map((move) => ({ ...move })) });
    this.changeShares(shares, []);
    return shares;
  }

  createGroup(groupId: string, { signal, ...settings }: GroupOptions = {}): Promise<Group> {
    return this.ask('createGroup', { groupId, ...settings }, signal);
  }

  changeGroup(groupId: string, { signal, ...settings }: GroupOptions): Promise<Group> {
    return this.ask('changeGroup', { groupId, ...settings }, signal);
  }
}
