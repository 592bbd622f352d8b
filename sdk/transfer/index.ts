export { Bitfield, type ReadonlyBitfield } from './bitfield.js';
export { DownloadPlan } from './download-plan.js';
export { RateMeter } from './rate-meter.js';
export { UploadScheduler } from './upload-scheduler.js';
