/** What one user, one device and one group may take of a tracker. */
export interface Quotas {
  /** Groups that one user owns; and those that he is in, with those that he waits for. */
  readonly groupsOwnedPerUser: number;
  readonly groupsPerUser: number;
  /** Requests to join that wait: of one user, and in one group. */
  readonly requestsPerUser: number;
  readonly requestsPerGroup: number;
  /** Files that one device and one user share, and that one group has. */
  readonly filesPerDevice: number;
  readonly filesPerUser: number;
  readonly filesPerGroup: number;
  /** Bytes of the files that one user shares: they decide how much of manifests the tracker keeps. */
  readonly bytesPerUser: number;
  /** Bytes of manifests that one user put and that no file has: each counts for a page of the disk at least. */
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
  bytesPerUser: 32 * TIB,
  unusedManifestBytesPerUser: 256 * 1024 * 1024,
};
