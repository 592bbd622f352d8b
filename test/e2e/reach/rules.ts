/** The rules of routers, for `nft`. Their devices are `wan` and `lan`. */

/** How a router translates addresses. */
export type Mapping = 'preserving' | 'independent' | 'symmetric';

/** Translates the addresses of those behind the router, and lets nobody in. @param wan its address */
export function translating(mapping: Mapping, wan: string, out: readonly string[] = ['accept']): string {
  const independent = `snat ip to ${wan} : jhash ip saddr . tcp sport mod 20000 seed 7 offset 40000`;
  const translation = {
    preserving: 'masquerade',
    independent: `meta l4proto tcp ${independent}`,
    symmetric: 'meta l4proto tcp masquerade random',
  }[mapping];
  return [
    'table ip mapping {',
    `  chain out { type nat hook postrouting priority 100; oifname "wan" ${translation}; }`,
    '}',
    closed(out),
  ].join('\n');
}

/** Lets nobody in. @param out what those behind it may do outside */
export function closed(out: readonly string[] = ['accept']): string {
  return [
    'table inet filter {',
    '  chain through {',
    '    type filter hook forward priority 0; policy drop;',
    '    ct state established,related accept',
    '    iifname "lan" oifname "lan" accept',
    ...out.map((rule) => `    iifname "lan" oifname "wan" ${rule}`),
    '  }',
    '  chain in { type filter hook input priority 0; policy accept; iifname "wan" ct state new drop; }',
    '}',
    '',
  ].join('\n');
}
