export { EditorError, type NextStep, wordError } from './errors.js';
export { formatAge, formatBytes, formatDuration, formatPercent, formatSpeed, formatTime } from './format.js';
export { wordReach } from './reach.js';
export { speak, t } from './t.js';
