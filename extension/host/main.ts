import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import { startTracker, type Tracker } from '@shoal/tracker';
import { DaemonServer, ownInstall, readDaemonOptions, serve, tellStarter, watchInstall } from '../daemon/index.js';
import { ownAddresses } from './addresses.js';
import { HOST, HOST_OPTIONS, HOST_PROTOCOL } from './contract.js';

const MAX_PORT_BYTES = 64;

/** A tracker that runs beside the editor, for those who have no server. */
async function main(): Promise<void> {
  const options = readDaemonOptions(HOST_OPTIONS);
  const { folder, version, lingerMs } = options;
  let { keepRunning } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tracker = await listen(folder, options.port);
  const { port, fingerprint } = tracker;
  const end = async (): Promise<void> => {
    await tracker.close();
    await server.close();
    process.exit(0);
  };
  const stop = async (): Promise<void> => {
    await tracker.close();
    await server.dismiss();
    await end();
  };
  const server = await DaemonServer.open({
    ...{ folder: join(folder, 'control'), protocol: HOST_PROTOCOL, version, lingerMs },
    mayStay: () => keepRunning,
    onWindow: (window) =>
      serve(window, HOST, {
        describe: () => ({
          ...{ port, fingerprint, addresses: ownAddresses() },
          url: `wss://127.0.0.1:${port}#${fingerprint}`,
        }),
        keepRunning: (params) => {
          keepRunning = params.keepRunning;
          server.review();
          return {};
        },
        stop: () => {
          setImmediate(() => void stop()); // the answer goes first
          return {};
        },
      }),
    onEnd: () => void end(),
  }).catch(async (error: unknown) => {
    await tracker.close(); // or it would run on, and nobody could reach it
    throw error;
  });
  watchInstall(ownInstall(), () => server.expire());
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
  tellStarter();
}

/** Listens where it did before, for colleagues have its address; a port that the user chose comes first. */
async function listen(folder: string, chosenPort: number): Promise<Tracker> {
  const path = join(folder, 'port');
  const before = Number(await readFileWithin(path, MAX_PORT_BYTES).catch(() => '0'));
  const port = chosenPort || (Number.isInteger(before) && before > 0 && before < 65_536 ? before : 0);
  const tracker = await startTracker({ listen: { host: '0.0.0.0', port }, dataDir: join(folder, 'data') });
  await writeFileDurably(path, `${tracker.port}\n`);
  return tracker;
}

main().catch((error: unknown) => {
  tellStarter(ShoalError.from(error));
  process.exitCode = 1;
});
