import { join } from 'node:path';
import { type Logger, ShoalError } from '@shoal/sdk';
import { exit } from '@shoal/sdk/program';
import { AGENT, AGENT_OPTIONS, AGENT_PROTOCOL } from '../contract/contract.js';
import { DaemonServer, ownInstall, readDaemonOptions, serve, tellStarter, watchInstall } from '../daemon/index.js';
import { SYSTEM } from '../throttle.js';
import { answersFor } from './answers.js';
import { Broadcast } from './broadcast.js';
import { Finished } from './finished.js';
import { News } from './news.js';
import { SeenNews } from './seen-news.js';
import { Supervisor } from './supervisor.js';

/** The agent: the process that shares and downloads for all windows of a user. */
async function main(): Promise<void> {
  const { folder, version, lingerMs } = readDaemonOptions(AGENT_OPTIONS);
  const finished = await Finished.load(folder);
  const broadcast: Broadcast = new Broadcast(() => server.windows, finished);
  const say = (level: keyof Logger) => (message: string) => broadcast.tell('log', { level, message });
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const seen = await SeenNews.load(folder);
  const news = new News({
    seen,
    // The origin makes its times comparable with those of earlier agents.
    clock: { ...SYSTEM, nowMs: () => performance.timeOrigin + performance.now() },
    tell: (...told) => broadcast.tell(...told),
    warn: logger.warn,
  });
  broadcast.onFollow((client) => news.follow(client));
  const supervisor = new Supervisor(join(folder, 'device'), logger, broadcast, () => {
    server.review();
    news.review();
  });
  const end = async (): Promise<void> => {
    broadcast.close();
    news.close();
    await supervisor.close();
    await finished.saved();
    await seen.saved();
    await server.close();
    exit(0);
  };
  const server = await DaemonServer.open({
    ...{ folder: join(folder, 'agent'), protocol: AGENT_PROTOCOL, version, lingerMs },
    mayStay: () => supervisor.mayStay,
    onWindow: (window) => serve(window, AGENT, answersFor(window, supervisor, broadcast, news)),
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
