export { type NextStep, wordError, type WordedError } from './errors.js';
export { formatBytes, formatDuration, formatPercent, formatSpeed } from './format.js';
export { speak, t, type Translate } from './t.js';
