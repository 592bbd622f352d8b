export { Bitfield, type ReadonlyBitfield } from './bitfield.js';
export { DownloadPlan } from './download-plan.js';
export type { PieceRange } from './reading-order.js';
export { RateMeter } from './rate-meter.js';
export { UploadScheduler } from './upload-scheduler.js';
