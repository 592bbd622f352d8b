import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { run } from '../../support/run.js';
import type { RouterTools } from './router-tools.js';

/** Nothing comes in from outside, but for what miniupnpd lets through. */
const RULES = `table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    jump postrouting_miniupnpd
    oifname "wan" masquerade
  }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
`;

const CONFIG = `ext_ifname=wan
listening_ip=lan
enable_natpmp=yes
enable_upnp=yes
secure_mode=yes
http_port=5000
uuid=00000000-1111-2222-3333-444455556666
min_lifetime=120
max_lifetime=86400
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`;

/** The network namespace of a router, with the devices `wan` and `lan`. */
export interface RouterPlace {
  readonly name: string;
  /** The command prefix that runs a program there. */
  readonly within: readonly string[];
}

/**
 * Lets a router map ports by PCP, NAT-PMP and UPnP, and resolves once its daemon listens. The daemon does not keep this process alive, and ends
 * with the namespaces. The address of `wan` must be a public one: at others, miniupnpd maps nothing.
 */
export async function startMapping(
  { name, within }: RouterPlace,
  { nft, miniupnpd, libraries }: RouterTools,
): Promise<void> {
  const [rules, config] = [`/run/${name}.nft`, `/run/${name}.conf`];
  writeFileSync(rules, RULES);
  writeFileSync(config, CONFIG);
  const env = environment(libraries);
  const [command = '', ...rest] = within;
  await run(command, [...rest, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'], { seconds: 20 });
  await run(command, [...rest, nft, '-f', rules], { seconds: 20, env });
  const daemon = spawn(command, [...rest, miniupnpd, '-d', '-f', config, '-P', `/run/${name}.pid`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    daemon.stderr.on('data', (chunk) => {
      log = (log + String(chunk)).slice(-4000);
      if (log.includes('Listening for NAT-PMP')) resolve();
    });
    daemon.once('error', reject);
    daemon.once('exit', () => reject(new Error(`miniupnpd ended: ${log}`)));
  });
  daemon.unref();
  (daemon.stderr as Socket).unref();
}

/** Whether the router passes a port on, as its firewall has it. */
export function hasMapping({ within: [command = '', ...rest] }: RouterPlace, { nft, libraries }: RouterTools): boolean {
  const chain = ['list', 'chain', 'inet', 'filter', 'prerouting_miniupnpd'];
  const listed = execFileSync(command, [...rest, nft, ...chain], { encoding: 'utf8', env: environment(libraries) });
  return listed.includes('dnat');
}

function environment(libraries: string): NodeJS.ProcessEnv {
  return libraries === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
}
