export * from './errors.js';
export * from './frame-decoder.js';
export * from './frames.js';
export * from './limits.js';
export * from './manifest.js';
export * from './names.js';
export * from './tracker-address.js';
export * from './tracker-messages.js';
