const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Makes text safe for one line of a terminal: replaces control characters, line breaks, lone surrogates and changes of writing
 * direction by U+FFFD. Every text from others goes through this before it is printed.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
