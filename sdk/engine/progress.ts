/** What one source has given to a download, and how it stands. */
export interface SourceProgress {
  readonly deviceId: string;
  readonly userId: string;
  /** Banned: it sent a piece whose digest was wrong. */
  readonly state: 'connecting' | 'ready' | 'stalled' | 'gone' | 'banned';
  /** Verified bytes and pieces that came from it. */
  readonly bytes: number;
  readonly pieces: number;
  readonly bytesPerSecond: number;
}
