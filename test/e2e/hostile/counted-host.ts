import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';

/** A count of packets: of those that arrive (`in`) or leave (`out`) and match the expressions of `nft`. */
export interface Count {
  readonly at: 'in' | 'out';
  readonly match: string;
}

/** The first packet of a TCP connection. */
export const SYN = 'tcp flags & (syn | ack) == syn';

const LISTED = z.object({
  nftables: z.array(
    z.object({
      counter: z.object({ name: z.string(), packets: z.number() }).optional(),
      set: z.object({ name: z.string(), elem: z.array(z.unknown()).optional() }).optional(),
    }),
  ),
});

/** A host whose firewall counts packets, whoever answers them. It also keeps the TCP ports to which they were sent. */
export class CountedHost<Name extends string> {
  readonly #within: readonly string[];

  /** @param within the command prefix that runs a program on the host */
  constructor(within: readonly string[], counts: Readonly<Record<Name, Count>>) {
    this.#within = within;
    const all = Object.entries<Count>(counts);
    const rulesAt = (wanted: Count['at']) =>
      all
        .filter(([, { at }]) => at === wanted)
        .map(
          ([name, { match }]) =>
            `    ${match} counter name ${name}${isTcp(match) ? ` add @${name} { tcp dport }` : ''}`,
        );
    const rules = [
      'table inet counted {',
      ...all.map(([name]) => `  counter ${name} { }`),
      ...all.map(([name]) => `  set ${name} { type inet_service; flags dynamic; size 65535; }`),
      '  chain arriving {',
      '    type filter hook prerouting priority -300;',
      ...rulesAt('in'),
      '  }',
      '  chain leaving {',
      '    type filter hook output priority -300;',
      ...rulesAt('out'),
      '  }',
      '}',
      '',
    ];
    const path = join(mkdtempSync(join(tmpdir(), 'shoal-counts-')), 'rules');
    writeFileSync(path, rules.join('\n'));
    this.#nft('-f', path);
  }

  packets(name: Name): number {
    return (
      this.#listed(['counter', 'inet', 'counted', name]).nftables.find(({ counter }) => counter)?.counter?.packets ??
      NaN
    );
  }

  /** The number of different ports of TCP. */
  ports(name: Name): number {
    return this.#listed(['set', 'inet', 'counted', name]).nftables.find(({ set }) => set)?.set?.elem?.length ?? 0;
  }

  #listed(what: readonly string[]): z.infer<typeof LISTED> {
    return LISTED.parse(JSON.parse(this.#nft('-j', 'list', ...what)));
  }

  #nft(...args: readonly string[]): string {
    const [command = '', ...rest] = [...this.#within, 'nft', ...args];
    return execFileSync(command, rest, { encoding: 'utf8' });
  }
}

function isTcp(match: string): boolean {
  return match.includes('tcp ');
}
