export type * from './api/download.js';
export type { ShoalEvents } from './api/events.js';
export type * from './api/folder-download.js';
export type { KeptVersions, KeptVersionsChanges, OpenedVersion, OpenVersionOptions } from './api/kept-versions.js';
export { type LimitChanges, type Limits, MIN_BYTES_PER_SECOND } from './api/limits.js';
export type * from './api/options.js';
export type {
  ConnectMode,
  DeviceAddress,
  NoMapping,
  NoMappingReason,
  PeerPath,
  Reach,
  ReachAddress,
  ReachMapping,
  ReachSituation,
  ReachVerdict,
} from './api/reach.js';
export { CONNECT_MODES } from './api/reach.js';
export type * from './api/results.js';
export type * from './api/transfer.js';
export { VERSION } from './api/version.js';
export type { ListOptions } from './session/list-pages.js';
export { type HashOptions, hashFile } from './shares/intake/hash-file.js';
export { ShoalClient } from './shoal-client.js';
export type { Abortable } from './util/abort.js';
export { formatBytes } from './util/format-bytes.js';
export { formatTime } from './util/format-time.js';
export type { Logger } from './util/logger.js';
