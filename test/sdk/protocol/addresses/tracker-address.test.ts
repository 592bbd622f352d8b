import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatEndpoint,
  parseEndpoint,
  parseFingerprint,
  parseTrackerInfo,
  parseTrackerLocation,
  parseTrackerUrl,
  parseTrackerUrls,
} from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';

const fingerprint = 'ab'.repeat(32);

describe('tracker addresses', () => {
  it('are read from the lines of a tracker_info.txt', () => {
    const text = `127.0.0.1 6970\r\n\n# a comment\n  tracker.example 7000  ${fingerprint.toUpperCase()}\n::1 7001\n`;
    assert.deepEqual(parseTrackerInfo(text), [
      { host: '127.0.0.1', port: 6970 },
      { host: 'tracker.example', port: 7000, fingerprint },
      { host: '::1', port: 7001 },
    ]);
    assert.deepEqual(parseTrackerInfo(`a 1 store=lab\nb 2 ${fingerprint} store=lab`), [
      { host: 'a', port: 1, store: 'lab' },
      { host: 'b', port: 2, fingerprint, store: 'lab' },
    ]);
  });

  it('are refused with the number of the line that is wrong', () => {
    for (const line of [
      '127.0.0.1',
      '127.0.0.1 http',
      '127.0.0.1 70000',
      `127.0.0.1 7000 ${fingerprint} more`,
      'a 1 lab',
      'a store=x',
      'a 1 store=',
    ]) {
      assert.throws(
        () => parseTrackerInfo(`127.0.0.1 1\n${line}\n`),
        (error) => hasCode('TRACKER_INVALID')(error) && /Line 2/.test(String(error)),
      );
    }
    assert.throws(() => parseTrackerInfo('\n# nothing\n'), hasCode('TRACKER_INVALID'));
    assert.throws(() => parseTrackerInfo('127.0.0.1 1 nofingerprint'), hasCode('TRACKER_INVALID'));
  });

  it('are read from URLs', () => {
    assert.deepEqual(parseTrackerUrl('wss://tracker.example:7000'), { host: 'tracker.example', port: 7000 });
    assert.deepEqual(parseTrackerUrl(`wss://[::1]:7000/#${fingerprint}`), { host: '::1', port: 7000, fingerprint });
    assert.deepEqual(parseTrackerUrl('wss://tracker.example'), { host: 'tracker.example', port: 443 });
    for (const url of [
      'ws://a:1',
      'https://a:1',
      'wss://',
      'wss://u:p@a:1',
      'wss://a:1/path',
      'wss://a:1?x=1',
      'a:1',
    ]) {
      assert.throws(() => parseTrackerUrl(url), hasCode('TRACKER_INVALID'), url);
    }
  });

  it('are read from URLs of several nodes, which need the fingerprint', () => {
    const [a, b] = [
      { host: 'a', port: 1, fingerprint },
      { host: '::1', port: 443, fingerprint },
    ];
    assert.deepEqual(parseTrackerUrls(`wss://a:1#${fingerprint}`), [a]);
    for (const end of ['', '/']) assert.deepEqual(parseTrackerUrls(`wss://a:1,[::1]${end}#${fingerprint}`), [a, b]);
    assert.deepEqual(parseTrackerUrls('wss://a:1'), [{ host: 'a', port: 1 }]);
    const many = Array.from({ length: 17 }, (_none, index) => `a:${index + 1}`).join();
    for (const places of [
      'a:1,b:2',
      `a:1,#${fingerprint}`,
      `,b:2#${fingerprint}`,
      `a:1,u:p@b#${fingerprint}`,
      `a:1/,b:2#${fingerprint}`,
    ])
      assert.throws(() => parseTrackerUrls(`wss://${places}`), hasCode('TRACKER_INVALID'), places);
    assert.throws(() => parseTrackerUrls(`wss://${many}#${fingerprint}`), hasCode('TRACKER_INVALID'));
  });

  it('have fingerprints in several writings, kept in one', () => {
    const colons = fingerprint.match(/../g)?.join(':') ?? '';
    for (const text of [fingerprint, fingerprint.toUpperCase(), `SHA256:${fingerprint}`, `sha-256:${colons}`]) {
      assert.equal(parseFingerprint(text), fingerprint);
    }
    for (const text of ['', 'ab', `${fingerprint}0`, 'g'.repeat(64)])
      assert.throws(() => parseFingerprint(text), hasCode('TRACKER_INVALID'));
  });

  it('are taken as locations in every writing that texts may have, and refused in none that is wrong', () => {
    const writings = fc.record({
      prefix: fc.constantFrom('', 'SHA256:', 'sha256:', 'sha-256:'),
      isUpper: fc.boolean(),
      separator: fc.constantFrom('', ':'),
    });
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), writings, (digits, { prefix, isUpper, separator }) => {
        const parts = digits.match(/../g)?.join(separator) ?? '';
        const written = prefix + (isUpper ? parts.toUpperCase() : parts);
        const location = { host: 'a', port: 1, fingerprint: digits };
        assert.deepEqual(parseTrackerLocation({ host: 'a', port: 1, fingerprint: written }), location);
        assert.deepEqual(parseTrackerUrl(`wss://a:1#${written}`), location);
        assert.deepEqual(parseTrackerInfo(`a 1 ${written}`), [location]);
      }),
    );
    assert.deepEqual(parseTrackerLocation({ host: '[::1]', port: 1, fingerprint: undefined }), {
      host: '::1',
      port: 1,
    });
    for (const location of [
      { host: 'a', port: 1, fingerprint: 'ab' },
      { host: 'a', port: 1, fingerprint: '' },
      { host: '', port: 1 },
      { host: 'a/b', port: 1 },
      { host: 'a', port: 65_536 },
      { host: 'a', port: 1.5 },
    ])
      assert.throws(() => parseTrackerLocation(location), hasCode('TRACKER_INVALID'), JSON.stringify(location));
  });

  it('and endpoints read back as they are written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(65_535), (host, port) => {
        const { host: readHost, port: readPort } = parseEndpoint(formatEndpoint(host, port));
        assert.equal(readHost, host);
        assert.deepEqual(parseEndpoint({ host, port }), { host, port });
        assert.equal(readPort, port);
      }),
    );
    for (const text of ['', 'host', ':1', 'host:', 'host:70000', 'a b:1', '::1:80', '[::1]', '[x]:1', 'a/b:1']) {
      assert.throws(() => parseEndpoint(text), hasCode('INVALID_ARGUMENT'), text);
    }
  });
});
