/** The usual form of an IPv4 address that arrived over an IPv6 socket. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** The key of an address: for IPv6 its network (/64), because its owner has all addresses of the network. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [before = '', behind] = (plain.split('%')[0] ?? '').toLowerCase().split('::');
  const head = before === '' ? [] : before.split(':');
  // An IPv4 tail counts as two groups. Only the number of groups behind the gap matters, because the network is in
  // front.
  const tail = behind === undefined || behind === '' ? [] : behind.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split(':');
  const zeros = behind === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
