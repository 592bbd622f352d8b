export type * from './download.js';
export type { ShoalEvents } from './events.js';
export { formatBytes } from './format-bytes.js';
export { hashFile, type HashOptions } from './hash-file.js';
export type { LimitChanges, Limits } from './limits.js';
export type * from './options.js';
export type * from './results.js';
export { ShoalClient } from './shoal-client.js';
export { VERSION } from './version.js';
