import { parentPort } from 'node:worker_threads';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { readFileWithin } from '@shoal/sdk/disk';
import { MAX_SCANNED_BYTES, type ScanFinding } from './secret-scan.js';

const CONFIG = { rules: [{ id: 'preset', rule: creator }] };
const RULE_PREFIX = /^.*secretlint-rule-/;

/** Scans files one after the other, and reports the rule that matched in a file, never the match. */
async function scanAll(paths: readonly string[], tell: (finding: ScanFinding) => void): Promise<void> {
  for (const [index, path] of paths.entries()) {
    const rule = await scan(path).catch(() => undefined); // the file cannot be shared either, and sharing reports that
    if (rule !== undefined) tell({ index, rule });
  }
}

async function scan(filePath: string): Promise<string | undefined> {
  const bytes = await readFileWithin(filePath, MAX_SCANNED_BYTES, { isForeign: true });
  if (bytes.includes(0)) return undefined; // not a text
  const source = { filePath, content: bytes.toString('utf8'), contentType: 'text', ext: '' } as const;
  const { messages } = await lintSource({ source, options: { config: CONFIG } });
  return messages[0]?.ruleId.replace(RULE_PREFIX, '');
}

parentPort?.once('message', (paths: readonly string[]) => {
  void scanAll(paths, (finding) => parentPort?.postMessage(finding)).then(() => parentPort?.postMessage('done'));
});
