/** Translates an English text into the user's language; `{0}`, `{1}` are placeholders for the arguments. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** Fills the placeholders; used without an editor. */
const inEnglish: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));

let translate = inEnglish;
let locale = 'en';

/** Sets the language of `t`; without an argument, English. */
export function speak(language: Translate = inEnglish, tag = 'en'): void {
  translate = language;
  locale = tag;
}

/** Formats a number in the user's language, with this many decimals unless it is whole. */
export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString(locale, { maximumFractionDigits: digits });
}

/** Formats a time in the user's language. */
export function formatMoment(date: Date, options: Intl.DateTimeFormatOptions): string {
  return date.toLocaleString(locale, options);
}

/** A text for the user. Only literals, and those of a few tables, because they are looked up in `l10n/`. */
export function t(message: string, ...args: (string | number)[]): string {
  return translate(message, ...args);
}
