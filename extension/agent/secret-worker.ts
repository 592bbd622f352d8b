import { parentPort } from 'node:worker_threads';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { readFileWithin } from '@shoal/sdk/disk';
import { MAX_SCANNED_BYTES, type ScanFinding } from './secret-scan.js';

const CONFIG = { rules: [{ id: 'preset', rule: creator }] };
const RULE_PREFIX = /^.*secretlint-rule-/;

/** Reads files one after the other and tells of those in which a rule finds a secret: which rule, and never what it found. */
async function scanAll(paths: readonly string[], tell: (finding: ScanFinding) => void): Promise<void> {
  for (const [index, path] of paths.entries()) {
    const rule = await scan(path).catch(() => undefined); // it cannot be shared either, which sharing says
    if (rule !== undefined) tell({ index, rule });
  }
}

async function scan(filePath: string): Promise<string | undefined> {
  const bytes = await readFileWithin(filePath, MAX_SCANNED_BYTES, { isForeign: true });
  if (bytes.includes(0)) return undefined; // no text
  const source = { filePath, content: bytes.toString('utf8'), contentType: 'text', ext: '' } as const;
  const { messages } = await lintSource({ source, options: { config: CONFIG } });
  return messages[0]?.ruleId.replace(RULE_PREFIX, '');
}

parentPort?.once('message', (paths: readonly string[]) => {
  void scanAll(paths, (finding) => parentPort?.postMessage(finding)).then(() => parentPort?.postMessage('done'));
});
