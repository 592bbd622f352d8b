import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import * as z from 'zod';

const ENDPOINT = z.object({
  pid: z.number().int().positive(),
  /** A path of a Unix socket, or of a named pipe. */
  address: z.string().min(1).max(512),
  /** What a window shows first: whoever can read this file may attach. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of what is spoken over the socket. */
  protocol: z.number().int().positive(),
  /** Of the extension that the daemon came with. */
  version: z.string().max(64),
});

const MAX_ENDPOINT_BYTES = 4096;

/** How to reach a daemon. */
export type DaemonEndpoint = z.infer<typeof ENDPOINT>;

/** Where a daemon that was there last is to be found; undefined when there was none, or the file cannot be read. */
export async function readEndpoint(folder: string): Promise<DaemonEndpoint | undefined> {
  try {
    return ENDPOINT.parse(JSON.parse(String(await readFileWithin(pathIn(folder), MAX_ENDPOINT_BYTES))));
  } catch {
    return undefined; // a daemon is started, and writes the file anew
  }
}

/** For the owner's eyes only. */
export async function writeEndpoint(folder: string, endpoint: DaemonEndpoint): Promise<void> {
  await writeFileDurably(pathIn(folder), `${JSON.stringify(endpoint)}\n`, 0o600);
}

export async function removeEndpoint(folder: string): Promise<void> {
  await rm(pathIn(folder), { force: true });
}

function pathIn(folder: string): string {
  return join(folder, 'endpoint.json');
}
