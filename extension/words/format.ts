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

/** A past time: without a date for today, with one otherwise. */
export function formatTime(atMs: number, nowMs = Date.now()): string {
  const [date, now] = [new Date(atMs), new Date(nowMs)];
  const isToday = date.toDateString() === now.toDateString();
  return formatMoment(date, isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}
