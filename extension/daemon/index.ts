export { DaemonLink } from './daemon-link.js';
export { DaemonServer } from './daemon-server.js';
export { ownInstall, watchInstall } from './install-watch.js';
export { ask, type Handlers, hear, type Params, type Payload, type Result, serve, tell } from './rpc.js';
export { readDaemonOptions, tellStarter } from './start-daemon.js';
