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

/** What one connected device has got of a served file. */
export interface FileUpload {
  readonly groupId: string;
  readonly manifestId: string;
  readonly deviceId: string;
  readonly userId: string;
  /** Bytes sent since the device opened the file. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
}
