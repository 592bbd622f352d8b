import assert from 'node:assert/strict';
import { parseSwarmUrls, showServers } from '../../../../../tracker/swarm/redis/cluster/swarm-url.js';

describe('the URLs of --swarm', () => {
  it('name servers, a user, and whether TLS is used', () => {
    const urls = parseSwarmUrls('redis://ann:p%40ss@a.example:7000, redis://b.example,redis://[2001:db8::1]:7001');
    assert.deepEqual(urls, {
      servers: [
        { host: 'a.example', port: 7000 },
        { host: 'b.example', port: 6379 },
        { host: '2001:db8::1', port: 7001 },
      ],
      username: 'ann',
      password: 'p@ss',
      tls: undefined,
    });
    assert.equal(showServers(urls), 'a.example:7000, b.example:6379, [2001:db8::1]:7001');
    assert.deepEqual(parseSwarmUrls('rediss://a').tls, { ca: undefined });
    assert.equal(parseSwarmUrls('redis://:secret@a').username, undefined);
  });

  it('are refused with a reason that contains no password', () => {
    for (const [text, why] of [
      ['', /no URL/],
      ['a.example:7000', /neither redis: nor rediss:/],
      ['http://ann:secret@a', /neither redis: nor rediss:/],
      ['redis://ann:secret#x@a:7000', /no URL|no host|path/],
      ['redis://ann:%zz@a', /hexadecimal digits/],
      ['redis://a/1', /numbered databases/],
      ['redis://a:0', /no port/],
      ['redis://a,rediss://b', /either all servers use TLS/],
      ['redis://ann:secret@a,redis://bob:secret@b', /same user and password/],
      ['redis://a?ca=/x', /needs TLS/],
      ['rediss://ann:secret@a?ca=/does/not/exist', /cannot be read/],
    ] as const) {
      assert.throws(
        () => parseSwarmUrls(text),
        (error) => error instanceof Error && why.test(error.message) && !error.message.includes('secret'),
        text,
      );
    }
  });
});
