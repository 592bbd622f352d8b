import { PostgresServer } from './postgres-server.js';

let server: Promise<PostgresServer> | undefined;
let databases = 0;

/** The PostgreSQL of this process: the tests of all files share one, which ends after the last of them. */
export function sharedPostgres(): Promise<PostgresServer> {
  server ??= PostgresServer.start();
  return server;
}

/** Makes an empty database there, and returns its URL. */
export async function freshDatabase(): Promise<{ server: PostgresServer; database: string; url: string }> {
  const running = await sharedPostgres();
  const database = `shoal_${++databases}`;
  await running.run('postgres', `CREATE DATABASE ${database}`);
  return { server: running, database, url: running.url(database) };
}

after(async () => {
  await (await server)?.stop();
  server = undefined;
});
