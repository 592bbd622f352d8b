export { endsByHangup, exit } from './exit.js';
export { onAbort } from './on-abort.js';
