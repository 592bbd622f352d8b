import { parseName } from '@shoal/sdk/protocol';
import fc from 'fast-check';

/** Names, IPv4 and IPv6 addresses in the form of URLs. */
export const hosts = fc
  .oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/))
  .map((host) => (host.includes(':') ? `[${host}]` : host))
  .filter((host) => URL.canParse(`wss://${host}:1`))
  .map((host) => new URL(`wss://${host}:1`).hostname.replace(/^\[(.*)\]$/, '$1'));

export const ports = fc.integer({ min: 1, max: 65_535 });

export const fingerprints = fc.stringMatching(/^[0-9a-f]{64}$/);

/** Names of users and groups in their stored form. */
export const names = fc
  .stringMatching(/^[a-zA-Z0-9äß日._\-+@]{1,8}( [a-zA-Z0-9é._\-+@]{1,8}){0,3}$/u)
  .map((name) => parseName('group', name));
