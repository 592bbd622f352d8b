export { peerDeviceId, peerTlsOptions } from '../../identity/index.js';
