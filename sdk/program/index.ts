export { endsByHangup, exit } from './exit.js';
export { onAbort } from './on-abort.js';
export { parseSpeed } from './parse-speed.js';
export { tryInTurn } from './try-in-turn.js';
