export * from './addresses/peer-endpoint.js';
export * from './addresses/tracker-address.js';
export * from './errors.js';
export * from './frames/frame-decoder.js';
export * from './frames/frames.js';
export * from './frames/preamble.js';
export * from './limits.js';
export * from './list-parts.js';
export * from './manifest.js';
export * from './messages/reach-messages.js';
export * from './messages/tracker-events.js';
export * from './messages/tracker-messages.js';
export type {
  DeviceAddress,
  DeviceProof,
  FileVersion,
  Group,
  GroupSettings,
  SharedFile,
  Source,
  TicketKey,
} from './messages/tracker-records.js';
export * from './names/names.js';
export * from './names/names-digest.js';
export * from './names/printable.js';
export * from './parse-json.js';
