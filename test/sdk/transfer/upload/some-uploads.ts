import { type UploadRequest, UploadScheduler } from '../../../../sdk/transfer/upload/upload-scheduler.js';

export const BLOCK = 100;

export function request(piece: number, length: number, { channel = 0, offset = 0 } = {}): UploadRequest {
  return { channel, piece, offset, length };
}

export function scheduler(...peers: string[]): UploadScheduler<string> {
  const uploads = new UploadScheduler<string>({ blockBytes: BLOCK, maxQueued: 8 });
  for (const peer of peers) uploads.add(peer);
  return uploads;
}

/** The blocks handed out, each as `peer piece:offset+length`, until there is no more, every peer always writable. */
export function serve(uploads: UploadScheduler<string>, most = Infinity): string[] {
  const served: string[] = [];
  while (served.length < most) {
    const block = uploads.next();
    if (block === undefined) break;
    served.push(`${block.peer} ${block.piece}:${block.offset}+${block.length}`);
    uploads.setWritable(block.peer, true);
  }
  return served;
}
