import { parseName, ShoalError } from '@shoal/sdk/protocol';
import { t } from '../../words/index.js';

/** The problem of a name while it is typed; undefined if there is none, or if it is empty. */
export function nameProblem(kind: 'user' | 'group', name: string): string | undefined {
  if (name === '') return undefined;
  try {
    parseName(kind, name);
    return undefined;
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
    return t('A name has 1 to 64 letters, digits, spaces and . _ - + @, and neither begins nor ends with a space.');
  }
}

/** Escapes text from others for Markdown. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&:@]/g, '\\$&').replace(/\r\n?|\n/g, ' ');
}
