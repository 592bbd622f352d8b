import { createManifest, encodeManifest } from '../../sdk/protocol/index.js';

/** Some file's manifest. */
export function madeManifest(seed: number): { manifestId: string; manifest: { sizeBytes: number; bytes: Uint8Array } } {
  const digest = Buffer.alloc(20, seed);
  const made = createManifest({ algorithm: 'sha1', sizeBytes: 5, fileDigest: digest, pieceDigests: digest });
  return { manifestId: made.id, manifest: { sizeBytes: 5, bytes: new Uint8Array(encodeManifest(made)) } };
}
