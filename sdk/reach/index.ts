export * from './addresses.js';
export * from './network-watch.js';
