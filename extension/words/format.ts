import { formatMoment, formatNumber, t } from './t.js';

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** A size in the user's language: `512 bytes`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) return t('1 byte');
  if (bytes < 1024) return t('{0} bytes', formatNumber(bytes, 0));
  let value = bytes / 1024;
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${formatNumber(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

/** `12.4 MiB/s` */
export function formatSpeed(bytesPerSecond: number): string {
  return t('{0}/s', formatBytes(Math.round(bytesPerSecond)));
}

/** `42 %`, never 100 % before it is complete. */
export function formatPercent(done: number, whole: number): string {
  if (whole === 0) return '0 %';
  const percent = Math.floor((done / whole) * 100);
  return `${Math.min(percent, 100)} %`;
}

/** A rough duration: `5 s`, `12 min`, `3 h 20 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return t('{0} s', seconds);
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return t('{0} min', minutes);
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? t('{0} h', hours) : t('{0} h {1} min', hours, minutes % 60);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;
const YEAR_MS = 365 * DAY_MS;

/** How long ago a time was, in one unit: `now`, `5 min`, `2 h`, `3 d`, `4 mo`, `2 y`. A time to come is `now`. */
export function formatAge(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (ms < MINUTE_MS) return t('now');
  if (ms < HOUR_MS) return t('{0} min', Math.floor(ms / MINUTE_MS));
  if (ms < DAY_MS) return t('{0} h', Math.floor(ms / HOUR_MS));
  if (ms < 2 * MONTH_MS) return t('{0} d', Math.floor(ms / DAY_MS));
  if (ms < 2 * YEAR_MS) return t('{0} mo', Math.floor(ms / MONTH_MS));
  return t('{0} y', Math.floor(ms / YEAR_MS));
}

/** A past time: without a date for today, with one otherwise. */
export function formatTime(atMs: number, nowMs = Date.now()): string {
  const [date, now] = [new Date(atMs), new Date(nowMs)];
  const isToday = date.toDateString() === now.toDateString();
  return formatMoment(date, isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}
