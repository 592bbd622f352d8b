import type { SlowLine } from '../../editor/support/slow-line.js';
import { type AgentLab, next, sha1Of, type TestWindow } from './support.js';

/** Another user's file in a group of a window's user. */
export interface PeersFile {
  readonly path: string;
  readonly sha1: string;
  /** Folder for the window's download. */
  readonly folder: string;
}

/** Bob shares a file in the group `lab`, which a window's user joins. */
export async function peersFile(
  lab: AgentLab,
  { client }: TestWindow,
  sizeBytes: number,
  line?: SlowLine,
): Promise<PeersFile> {
  const bob = await lab.signedIn('bob', line && { advertise: line.endpoint });
  line?.leadTo(bob.listenAddress?.port ?? 0);
  await bob.createGroup('lab');
  await client.joinGroup('lab');
  const joined = next(client, 'membershipChanged');
  await bob.acceptRequest('lab', client.userId ?? '');
  await joined;
  const path = lab.file('song.flac', sizeBytes);
  await bob.shareFile(path, 'lab');
  return { path, sha1: sha1Of(path), folder: lab.subfolder('downloads') };
}
