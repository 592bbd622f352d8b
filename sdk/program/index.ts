export { endsByHangup, exit } from './exit.js';
export { onAbort } from './on-abort.js';
export { tryInTurn } from './try-in-turn.js';
