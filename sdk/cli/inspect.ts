import { resolve } from 'node:path';
import { type DigestAlgorithm, formatBytes, hashFile, type Manifest, pieceDigest, pieceHashString } from '../index.js';
import { printable } from './texts/text.js';

export interface InspectOptions {
  readonly json: boolean;
  readonly algorithm: DigestAlgorithm;
  readonly signal: AbortSignal;
}

/** Prints the size, pieces and digests of a file, as text or as one JSON object. @throws ShoalError as `hashFile` */
export async function inspect(path: string, { json, algorithm, signal }: InspectOptions): Promise<string> {
  const absolute = resolve(path);
  const manifest = await hashFile(absolute, { algorithm, signal });
  return json ? asJson(absolute, manifest) : asText(absolute, manifest);
}

function asJson(path: string, manifest: Manifest): string {
  const { sizeBytes, pieceBytes, pieceCount, algorithm, fileDigest, id } = manifest;
  return `${JSON.stringify({
    path,
    sizeBytes,
    pieceBytes,
    pieceCount,
    algorithm,
    fileDigest: hex(fileDigest),
    pieceDigests: digestsOf(manifest),
    pieceHashString: pieceHashString(manifest),
    manifestId: id,
  })}\n`;
}

function asText(path: string, manifest: Manifest): string {
  const digestName = manifest.algorithm === 'sha1' ? 'SHA-1' : 'SHA-256';
  const lines = [
    `path          ${printable(path)}`,
    `size          ${manifest.sizeBytes} bytes (${formatBytes(manifest.sizeBytes)})`,
    `piece length  ${manifest.pieceBytes} bytes`,
    `pieces        ${manifest.pieceCount}`,
    `${digestName.padEnd(12)}  ${hex(manifest.fileDigest)}`,
    `piece hash    ${pieceHashString(manifest)}`,
    `manifest id   ${manifest.id}`,
    ...digestsOf(manifest).map((digest, index) => `piece ${String(index).padEnd(6)}  ${digest}`),
  ];
  return `${lines.join('\n')}\n`;
}

function digestsOf(manifest: Manifest): string[] {
  return Array.from({ length: manifest.pieceCount }, (_, index) => hex(pieceDigest(manifest, index)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
