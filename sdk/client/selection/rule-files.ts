import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { decodeText, readFileWithin } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import { IgnoreRules } from './ignore-rules.js';

/** Ignore files of a folder. The rules of the second override those of the first. */
const RULE_FILES = ['.gitignore', '.shoalignore'];
const MAX_RULE_BYTES = 1024 * 1024;

/**
 * The rules of a folder's ignore files; undefined if it has none. Without its rules, a folder could share files that
 * the user excluded.
 * @throws ShoalError `RULES_INVALID` if a file cannot be read
 */
export async function readRules(
  folder: string,
  entries: readonly Dirent[],
  foldsCase: boolean,
): Promise<IgnoreRules | undefined> {
  const texts: string[] = [];
  for (const name of RULE_FILES) {
    const entry = entries.find((one) => one.name === name);
    if (entry && !entry.isDirectory()) texts.push(await readText(join(folder, name), entry));
  }
  return texts.length > 0 ? new IgnoreRules(texts.join('\n'), foldsCase) : undefined;
}

async function readText(path: string, entry: Dirent): Promise<string> {
  if (entry.isSymbolicLink()) throw unreadable(path, 'it is a link, and links are not followed: replace it by a file');
  let bytes: Buffer;
  try {
    bytes = await readFileWithin(path, MAX_RULE_BYTES, { isForeign: true });
  } catch (error) {
    throw unreadable(path, whyNot(ShoalError.from(error, 'DISK_ERROR')), error);
  }
  const text = decodeText(bytes);
  if (text === undefined) throw unreadable(path, 'it is neither in UTF-8 nor in UTF-16: save it as UTF-8');
  return text;
}

function whyNot({ code, message }: ShoalError): string {
  if (code === 'DATA_DIR_INVALID') return `it has more than ${MAX_RULE_BYTES} bytes: shorten it, or remove it`;
  if (code === 'PERMISSION_DENIED') return 'access to it is denied: change its permissions, or remove it';
  return message.replace(/\.$/, '');
}

function unreadable(path: string, why: string, cause?: unknown): ShoalError {
  return new ShoalError('RULES_INVALID', `Nothing is shared, because ${path} cannot be read: ${why}.`, { cause });
}
