export { backOffMs } from './back-off.js';
export { endsByHangup, exit } from './exit.js';
export { eachInLanes, inLanes } from './in-lanes.js';
export { type GatewayRoute, LINUX_ROUTES_FILE, parseLinuxRoutes } from './linux-routes.js';
export { MultiMap } from './multi-map.js';
export { onAbort } from './on-abort.js';
export { parseSpeed } from './parse-speed.js';
export { shuffled } from './shuffled.js';
export { tryInTurn } from './try-in-turn.js';
