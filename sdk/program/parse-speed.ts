const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

/**
 * Parses `500000`, `500K`, `1.5M`, `2MB/s`: bytes per second with decimal prefixes, as speeds are shown. Undefined if it is no speed.
 */
export function parseSpeed(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([KMG]?)B?(?:\/s)?$/i.exec(text) ?? [];
  const speed = Math.round(Number(digits) * (FACTORS[unit.toUpperCase()] ?? 1));
  return digits !== '' && Number.isSafeInteger(speed) ? speed : undefined;
}
