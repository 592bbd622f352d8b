export { Allowance } from '../transfer/index.js';
export { backOffMs } from './back-off.js';
export { Engine } from './engine.js';
export { removeParts } from './folder-files.js';
export { FolderTree } from './folder-tree.js';
export { HashPool } from './hash-pool.js';
export type * from './messages.js';
export { destinationExists, journalPathOf, partPathOf } from './part-file.js';
export type { ContentUpload, SourceProgress } from './progress.js';
