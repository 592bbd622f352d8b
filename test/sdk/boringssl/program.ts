import { createInterface } from 'node:readline';
import { COMMAND, type Command } from './end.js';
import { OwnEnd } from './own-end.js';

// An end in a process of its own: a command a line, an answer a line, until its input ends.
const end = await OwnEnd.open();
const { deviceId, port, library } = end;
say({ deviceId, port, library });
for await (const line of createInterface({ input: process.stdin })) say(await obey(COMMAND.parse(JSON.parse(line))));
await end.close();

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function obey(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'dial':
      return end.dial(command.port, command.deviceId, command.ticket);
    case 'knock':
      return end.knock(command.port, command.manner, command.ticket);
    case 'met':
      return end.met(command.ticket);
  }
}
