export { EditorError, type NextStep, wordError } from './errors.js';
export { formatBytes, formatDuration, formatPercent, formatSpeed, formatTime } from './format.js';
export { speak, t } from './t.js';
