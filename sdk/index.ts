/** The public API of Shoal: peer-to-peer file sharing inside groups. */
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
  parseTrackerUrls,
  pieceDigest,
  pieceHashString,
  printable,
  ShoalError,
  type TrackerLocation,
} from './protocol/index.js';
