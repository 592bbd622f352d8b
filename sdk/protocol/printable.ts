const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text on one line that drives no terminal: control characters, line breaks, halves of characters and changes of writing
 * direction are shown as U+FFFD. Whatever comes from others goes through this before a terminal gets it.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
