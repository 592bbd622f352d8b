import { fill, type Words } from './words.js';

/** Formats numbers in the user's language. */
export interface Formats {
  number(value: number): string;
  /** As 1.5 MiB. */
  bytes(value: number): string;
  /** As 1.5 MiB/s. */
  speed(bytesPerSecond: number): string;
  /** From a fraction between 0 and 1, rounded down: 100 % only when complete. */
  percent(share: number): string;
  /** The two largest relevant units. */
  duration(seconds: number): string;
}

const BYTE_UNITS = ['bytes', 'bytesKibi', 'bytesMebi', 'bytesGibi', 'bytesTebi'] as const;
const TIME_UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

function supported(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

export function createFormats(locale: string, words: Words): Formats {
  const tag = supported(locale);
  const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 0 });
  const tenths = new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 1 });
  const times = TIME_UNITS.map(([unit, length]) => ({
    length,
    format: new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'short' }),
  }));

  function bytes(value: number): string {
    let amount = Math.max(0, value);
    let unit = 0;
    while (Math.round(amount) >= 1024 && unit < BYTE_UNITS.length - 1) {
      amount /= 1024;
      unit += 1;
    }
    const figures = unit > 0 && amount < 99.95 ? tenths : whole;
    return fill(words[BYTE_UNITS[unit] ?? 'bytes'], figures.format(amount));
  }

  function duration(seconds: number): string {
    const rounded = Math.max(0, Math.round(seconds));
    const first = times.findIndex(({ length }) => rounded >= length);
    const parts: string[] = [];
    let left = rounded;
    for (const { length, format } of times.slice(first < 0 ? -1 : first, first < 0 ? undefined : first + 2)) {
      const count = Math.floor(left / length);
      left -= count * length;
      if (count > 0 || parts.length === 0) parts.push(format.format(count));
    }
    return parts.join(' ');
  }

  return {
    number: (value) => whole.format(value),
    bytes,
    speed: (bytesPerSecond) => fill(words.perSecond, bytes(bytesPerSecond)),
    percent: (share) => percents.format(Math.floor(Math.min(1, Math.max(0, share)) * 1000) / 1000),
    duration,
  };
}

const LONGEST_NAME = 300;
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Makes a name from others safe to display: no control characters, no changes of direction. */
export function plain(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return short.replace(UNSEEN, '\ufffd');
}
