import {
  CONNECT_MODES,
  type ConnectMode,
  formatEndpoint,
  type ReachAddress,
  type ReachVerdict,
  ShoalError,
} from '../../index.js';
import { defineCommand } from '../command.js';
import { CONNECT_MODE, ON_OR_OFF } from './arguments.js';

export const REACH_COMMANDS = [
  defineCommand({
    name: 'reach',
    args: [],
    summary: 'show where others reach this computer, what the tracker found there, and what others need',
    run(_words, { client: { reach } }) {
      if (!reach) throw new ShoalError('DISCONNECTED', 'There is no connection to the tracker yet.');
      const { listenAddress, addresses, mapping, noMapping, connect, sentence } = reach;
      const entries = [
        [formatEndpoint(listenAddress.host, listenAddress.port), 'pieces are served here', ''],
        ...(mapping
          ? [[formatEndpoint(mapping.host, mapping.port), `forwarded by the router (${mapping.by})`, '']]
          : []),
        ...(noMapping ? [['router', noMapping.why, '']] : []),
        ...addresses.map(row),
      ];
      const number = entries.length === 1 ? '1 row' : `${entries.length} rows`;
      return { line: `${number}: ${sentence}${MODES[connect]}`, entries };
    },
  }),
  defineCommand({
    name: 'set_connect',
    args: [CONNECT_MODE],
    summary:
      'choose the ways to other computers until you exit: auto (all), direct (all but the relay of the tracker) or relay' +
      ' (nothing else)',
    run({ mode }, { client }) {
      client.setConnect(connectNamed(mode));
      return { line: client.reach?.sentence ?? `connections: ${client.connectMode}` };
    },
  }),
  defineCommand({
    name: 'set_port_mapping',
    args: [ON_OR_OFF],
    summary:
      'let the router open a port for this computer until you exit, or not: on or off; reach tells what came of it',
    run(words, { client }) {
      client.setPortMapping(isOn(words['on|off']));
      return { line: `port mapping: ${client.portMapping ? 'on' : 'off'}` };
    },
  }),
];

/** @throws ShoalError `USAGE` */
function connectNamed(text: string): ConnectMode {
  const mode = CONNECT_MODES.find((one) => one === text.toLowerCase());
  if (mode) return mode;
  throw new ShoalError('USAGE', `There is no way ${text}: write ${CONNECT_MODES.join(', ')}.`);
}

/** @throws ShoalError `USAGE` */
function isOn(text: string): boolean {
  const word = text.toLowerCase();
  if (word === 'on' || word === 'off') return word === 'on';
  throw new ShoalError('USAGE', `Port mapping is on or off, not ${text}.`);
}

const MODES: Readonly<Record<ConnectMode, string>> = {
  auto: '',
  direct: ' The relay is not used (set_connect auto).',
  relay: ' (set_connect auto)',
};

const KINDS: Readonly<Record<ReachAddress['kind'], string>> = {
  configured: 'as you advertise it',
  mapped: 'forwarded by the router',
  seen: 'as the tracker sees it',
  global: 'on the Internet',
  private: 'in a private network',
};

const VERDICTS: Readonly<Record<ReachVerdict, string>> = {
  open: 'open: others connect here',
  closed: 'closed: nobody answered the tracker',
  other: 'another computer answers here',
  unchecked: 'not checked',
};

function row({ host, port, kind, verdict }: ReachAddress): string[] {
  return [formatEndpoint(host, port), KINDS[kind], VERDICTS[verdict]];
}
