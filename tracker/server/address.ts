/** An IPv4 address that came in over an IPv6 socket, as it is usually written. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** What is counted as one address: of IPv6 the network (/64), for whoever has one of its addresses has all of them. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [before = '', behind] = (plain.split('%')[0] ?? '').toLowerCase().split('::');
  const head = before === '' ? [] : before.split(':');
  // An IPv4 tail is two groups; only how many stand behind the gap counts, for the network is in front.
  const tail = behind === undefined || behind === '' ? [] : behind.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split(':');
  const zeros = behind === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
