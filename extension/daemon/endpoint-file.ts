import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import * as z from 'zod';

const ENDPOINT = z.object({
  pid: z.number().int().positive(),
  /** Path of a Unix socket or of a named pipe. */
  address: z.string().min(1).max(512),
  /** A window presents it first: only those who can read this file may attach. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  /** Version of the protocol on the socket. */
  protocol: z.number().int().positive(),
  /** Version of the daemon's extension. */
  version: z.string().max(64),
});

const MAX_ENDPOINT_BYTES = 4096;

/** How to reach a daemon. */
export type DaemonEndpoint = z.infer<typeof ENDPOINT>;

/** The endpoint of the last daemon; undefined if there was none, or the file is unreadable. */
export async function readEndpoint(folder: string): Promise<DaemonEndpoint | undefined> {
  try {
    return ENDPOINT.parse(JSON.parse(String(await readFileWithin(pathIn(folder), MAX_ENDPOINT_BYTES))));
  } catch {
    return undefined; // a new daemon writes the file again
  }
}

/** Writes the endpoint, readable only by its owner. */
export async function writeEndpoint(folder: string, endpoint: DaemonEndpoint): Promise<void> {
  await writeFileDurably(pathIn(folder), `${JSON.stringify(endpoint)}\n`, 0o600);
}

export async function removeEndpoint(folder: string): Promise<void> {
  await rm(pathIn(folder), { force: true });
}

function pathIn(folder: string): string {
  return join(folder, 'endpoint.json');
}
