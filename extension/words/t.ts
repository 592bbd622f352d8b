/** Turns an English text into the user's language; `{0}`, `{1}` stand for the arguments. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Fills in the arguments; what there is without an editor. */
const inEnglish: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));

let translate = inEnglish;
let locale = 'en';

/** From now on `t` speaks the editor's language; without an argument, English. */
export function speak(language: Translate = inEnglish, tag = 'en'): void {
  translate = language;
  locale = tag;
}

/** A number as the user's language writes it, with so many digits behind the point where it is not whole. */
export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString(locale, { maximumFractionDigits: digits });
}

/** A time as the user's language writes it. */
export function formatMoment(date: Date, options: Intl.DateTimeFormatOptions): string {
  return date.toLocaleString(locale, options);
}

/** A text that the user sees. Only literals: they are looked up in `l10n/`. */
export function t(message: string, ...args: (string | number)[]): string {
  return translate(message, ...args);
}
