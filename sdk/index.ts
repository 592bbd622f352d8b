/** Shoal's public API: what an application needs to share files inside a group, peer to peer. */
export * from './client/index.js';
export {
  type DigestAlgorithm,
  type Endpoint,
  ERROR_CODES,
  type ErrorCode,
  formatEndpoint,
  isErrorCode,
  type Manifest,
  nameKey,
  parseEndpoint,
  parseFingerprint,
  parseTrackerInfo,
  parseTrackerUrl,
  pieceDigest,
  pieceHashString,
  printable,
  ShoalError,
  type TrackerLocation,
} from './protocol/index.js';
