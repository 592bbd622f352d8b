import { join } from 'node:path';
import { type Logger, ShoalError } from '@shoal/sdk';
import { exit } from '@shoal/sdk/program';
import { AGENT, AGENT_OPTIONS, AGENT_PROTOCOL } from '../contract/contract.js';
import { DaemonServer, ownInstall, readDaemonOptions, serve, tellStarter, watchInstall } from '../daemon/index.js';
import { answersFor } from './answers.js';
import { Broadcast } from './broadcast.js';
import { Finished } from './finished.js';
import { Supervisor } from './supervisor.js';

/** The agent: the process that shares and downloads for all windows of a user. */
async function main(): Promise<void> {
  const { folder, version, lingerMs } = readDaemonOptions(AGENT_OPTIONS);
  const finished = await Finished.load(folder);
  const broadcast: Broadcast = new Broadcast(() => server.windows, finished);
  const say = (level: keyof Logger) => (message: string) => broadcast.tell('log', { level, message });
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const supervisor = new Supervisor(join(folder, 'device'), logger, broadcast, () => server.review());
  const end = async (): Promise<void> => {
    broadcast.close();
    await supervisor.close();
    await finished.saved();
    await server.close();
    exit(0);
  };
  const server = await DaemonServer.open({
    ...{ folder: join(folder, 'agent'), protocol: AGENT_PROTOCOL, version, lingerMs },
    mayStay: () => supervisor.mayStay,
    onWindow: (window) => serve(window, AGENT, answersFor(window, supervisor, broadcast)),
    onEnd: () => void end(),
  });
  watchInstall(ownInstall(), () => server.expire());
  process.on('SIGTERM', () => void end());
  process.on('SIGINT', () => void end());
  tellStarter();
}

main().catch((error: unknown) => {
  tellStarter(ShoalError.from(error));
  process.exitCode = 1;
});
