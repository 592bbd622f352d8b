import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatEndpoint,
  parseEndpoint,
  parseFingerprint,
  parseTrackerInfo,
  parseTrackerUrl,
} from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';

const fingerprint = 'ab'.repeat(32);

describe('tracker addresses', () => {
  it('are read from the lines of a tracker_info.txt', () => {
    const text = `127.0.0.1 6970\r\n\n# a comment\n  tracker.example 7000  ${fingerprint.toUpperCase()}\n::1 7001\n`;
    assert.deepEqual(parseTrackerInfo(text), [
      { host: '127.0.0.1', port: 6970 },
      { host: 'tracker.example', port: 7000, fingerprint },
      { host: '::1', port: 7001 },
    ]);
  });

  it('are refused with the number of the line that is wrong', () => {
    for (const line of ['127.0.0.1', '127.0.0.1 http', '127.0.0.1 70000', `127.0.0.1 7000 ${fingerprint} more`]) {
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

  it('have fingerprints in several writings, kept in one', () => {
    const colons = fingerprint.match(/../g)?.join(':') ?? '';
    for (const text of [fingerprint, fingerprint.toUpperCase(), `SHA256:${fingerprint}`, `sha-256:${colons}`]) {
      assert.equal(parseFingerprint(text), fingerprint);
    }
    for (const text of ['', 'ab', `${fingerprint}0`, 'g'.repeat(64)])
      assert.throws(() => parseFingerprint(text), hasCode('TRACKER_INVALID'));
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
