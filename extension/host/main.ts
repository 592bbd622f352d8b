import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import { startTracker, type Tracker } from '@shoal/tracker';
import { DaemonServer, ownInstall, readDaemonOptions, serve, tellStarter, watchInstall } from '../daemon/index.js';
import { ownAddresses } from './addresses.js';
import { HOST, HOST_OPTIONS, HOST_PROTOCOL } from './contract.js';

/** Bytes of a file with a number. */
const MAX_NUMBER_BYTES = 64;
/** File with the time when it ended after the last window, in milliseconds since 1970. */
const LEFT_AT = 'left-at';

/** A tracker beside the editor, for users without a server. */
async function main(): Promise<void> {
  const options = readDaemonOptions(HOST_OPTIONS);
  const { folder, version, lingerMs } = options;
  let { keepRunning } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const tracker = await listen(folder, options.port);
  const { port, fingerprint } = tracker;
  const awaySinceMs = await takeNumber(join(folder, LEFT_AT));
  let isAbsenceTold = false;
  const end = async (): Promise<void> => {
    await tracker.close();
    await server.close();
    process.exit(0);
  };
  /** The last window closed: records since when nobody can reach the tracker, for the next window. */
  const endAlone = async (): Promise<void> => {
    await writeFileDurably(join(folder, LEFT_AT), `${Date.now()}\n`).catch(() => {}); // then nothing is said
    await end();
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
        absence: () => ({ awaySinceMs }),
        claimAbsence: () => {
          const granted = !isAbsenceTold;
          isAbsenceTold = true;
          return { granted };
        },
        keepRunning: (params) => {
          keepRunning = params.keepRunning;
          server.review();
          return {};
        },
        stop: () => {
          setImmediate(() => void stop()); // after the answer
          return {};
        },
      }),
    onEnd: () => void endAlone(),
  }).catch(async (error: unknown) => {
    await tracker.close(); // otherwise it would run on, unreachable
    throw error;
  });
  watchInstall(ownInstall(), () => server.expire());
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
  tellStarter();
}

/** Listens at the same port as before, because colleagues have the address; a port of the settings has priority. */
async function listen(folder: string, chosenPort: number): Promise<Tracker> {
  const path = join(folder, 'port');
  const before = await readNumber(path);
  const port = chosenPort || (before < 65_536 ? before : 0);
  const tracker = await startTracker({ listen: { host: '::', port }, dataDir: join(folder, 'data') });
  await writeFileDurably(path, `${tracker.port}\n`);
  return tracker;
}

/** A whole number above 0 in a file; 0 if there is none. */
async function readNumber(path: string): Promise<number> {
  const number = Number(await readFileWithin(path, MAX_NUMBER_BYTES).catch(() => '0'));
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}

/** Reads a number from a file, and removes the file. */
async function takeNumber(path: string): Promise<number | null> {
  const number = await readNumber(path);
  await rm(path, { force: true });
  return number === 0 ? null : number;
}

main().catch((error: unknown) => {
  tellStarter(ShoalError.from(error));
  process.exitCode = 1;
});
