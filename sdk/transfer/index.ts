export { Bitfield, type ReadonlyBitfield } from './bitfield.js';
export { BlockQueue } from './block-queue.js';
export { DownloadPlan } from './download-plan.js';
export { FirstCopy } from './first-copy.js';
export { RateMeter } from './rate-meter.js';
export { SourceChoice } from './source-choice.js';
export { TokenBucket } from './token-bucket.js';
export { UploadScheduler } from './upload-scheduler.js';
export { WeightedTurns } from './weighted-turns.js';
