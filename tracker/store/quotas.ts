/** What one user, one device and one group may use of a tracker. */
export interface Quotas {
  /** Groups that one user owns. */
  readonly groupsOwnedPerUser: number;
  /** Groups that one user is a member of or has asked to join. */
  readonly groupsPerUser: number;
  /** Open join requests of one user. */
  readonly requestsPerUser: number;
  /** Open join requests in one group. */
  readonly requestsPerGroup: number;
  /** Files that one device shares. */
  readonly filesPerDevice: number;
  /** Files that one user shares. */
  readonly filesPerUser: number;
  /** Files that one group has. */
  readonly filesPerGroup: number;
  /** Versions that one file has. */
  readonly versionsPerFile: number;
  /** Versions that the files of one group have together. */
  readonly versionsPerGroup: number;
  /** Contents of removed names that one group remembers. Beyond it, the oldest are forgotten. */
  readonly removedPerGroup: number;
  /** Empty folders that one group has. */
  readonly emptyFoldersPerGroup: number;
  /** Size in bytes of the files that one user shares, which bounds the manifests that the tracker stores. */
  readonly bytesPerUser: number;
  /** Bytes of the manifests that one user uploaded and no file uses. Each counts as at least one page of the disk. */
  readonly unusedManifestBytesPerUser: number;
}

const TIB = 2 ** 40;

export const DEFAULT_QUOTAS: Quotas = {
  groupsOwnedPerUser: 200,
  groupsPerUser: 1000,
  requestsPerUser: 100,
  requestsPerGroup: 10_000,
  filesPerDevice: 200_000,
  filesPerUser: 500_000,
  filesPerGroup: 1_000_000,
  versionsPerFile: 10_000,
  versionsPerGroup: 1_000_000,
  removedPerGroup: 100_000,
  emptyFoldersPerGroup: 50_000,
  bytesPerUser: 32 * TIB,
  unusedManifestBytesPerUser: 256 * 1024 * 1024,
};
