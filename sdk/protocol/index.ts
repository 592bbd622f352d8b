export * from './errors.js';
export * from './frame-decoder.js';
export * from './frames.js';
export * from './limits.js';
export * from './list-parts.js';
export * from './manifest.js';
export * from './names.js';
export * from './names-digest.js';
export * from './parse-json.js';
export * from './peer-endpoint.js';
export * from './preamble.js';
export * from './printable.js';
export * from './reach-messages.js';
export * from './tracker-address.js';
export * from './tracker-events.js';
export * from './tracker-messages.js';
export type {
  DeviceAddress,
  DeviceProof,
  FileVersion,
  Group,
  GroupSettings,
  SharedFile,
  Source,
  TicketKey,
} from './tracker-records.js';
