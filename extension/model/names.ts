import { parseName, ShoalError } from '@shoal/sdk/protocol';
import { t } from '../words/index.js';

/** What is wrong with a name that is being typed; undefined when nothing is. An empty one is not wrong yet. */
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

/** Text that came from others, as it is to stand in Markdown: nothing in it means anything. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&:@]/g, '\\$&').replace(/\r\n?|\n/g, ' ');
}
