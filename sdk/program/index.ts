export { endsByHangup, exit } from './exit.js';
