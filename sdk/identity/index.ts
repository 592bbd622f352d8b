export * from './device-proof.js';
export * from './group-ticket.js';
export * from './key-pair.js';
export { publicP256Of } from './p256.js';
export { peerDeviceId, peerTlsOptions } from './peer-tls.js';
