import { type DownloadProgress, type LoginResult, ShoalClient, ShoalError } from '@shoal/sdk';

/** What the demo tells a peer to do: a method of the client, and what to call it with. */
export interface PeerOrder {
  readonly id: number;
  readonly method: keyof typeof METHODS;
  readonly args: readonly string[];
}

export type PeerReport =
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'progress'; readonly progress: DownloadProgress };

/** One peer of the demo, a process of its own: it does what it is told over the channel to its parent. */
const [tracker = '', dataDir = ''] = process.argv.slice(2);
const client = new ShoalClient({ tracker, dataDir, listen: '127.0.0.1:0' });

const METHODS = {
  signUp: async (userId: string, password: string): Promise<LoginResult> => {
    await client.connect();
    await client.createUser(userId, password);
    return client.login(userId, password);
  },
  createGroup: (groupId: string) => client.createGroup(groupId),
  joinGroup: (groupId: string) => client.joinGroup(groupId),
  acceptRequest: (groupId: string, userId: string) => client.acceptRequest(groupId, userId),
  shareFile: (path: string, groupId: string) => client.shareFile(path, groupId),
  stopShare: (groupId: string, fileName: string) => client.stopShare(groupId, fileName),
  downloadFile: async (groupId: string, fileName: string, destination: string) => {
    const download = client.downloadFile(groupId, fileName, destination);
    download.on('progress', (progress) => report({ type: 'progress', progress }));
    await download.done;
    report({ type: 'progress', progress: download.progress });
  },
  close: () => client.close(),
};

function report(message: PeerReport): void {
  process.send?.(message);
}

async function carryOut({ id, method, args }: PeerOrder): Promise<void> {
  try {
    await (METHODS[method] as (...all: readonly string[]) => Promise<unknown>)(...args);
    report({ type: 'done', id });
  } catch (error) {
    report({ type: 'failed', id, message: ShoalError.from(error).message });
  }
  if (method === 'close') process.disconnect();
}

process.on('message', (order: PeerOrder) => void carryOut(order));
process.on('disconnect', () => void client.close().then(() => process.exit()));
