import assert from 'node:assert/strict';
import { ShoalError } from '@shoal/sdk/protocol';
import fc from 'fast-check';
import { invitationLink } from '../../../../extension/model/trackers/invitation.js';
import { readTrackerInput } from '../../../../extension/model/trackers/tracker-input.js';
import { DEFAULT_TRACKER_PORT, trackerName, trackerUrl } from '../../../../extension/model/trackers/tracker-url.js';
import { hasCode } from '../../../support/has-code.js';
import { fingerprints, hosts, ports } from '../drawn.js';

const F = 'ab'.repeat(32);
const invalid = hasCode('TRACKER_INVALID');

function withColons(fingerprint: string): string {
  return (fingerprint.toUpperCase().match(/../g) ?? []).join(':');
}

describe('the typed address of a tracker', () => {
  it('is a host, with or without a port', () => {
    assert.equal(readTrackerInput('tracker.example.org'), 'wss://tracker.example.org:6970');
    assert.equal(readTrackerInput('  tracker.example.org:7000\n'), 'wss://tracker.example.org:7000');
    assert.equal(readTrackerInput('10.0.0.7'), 'wss://10.0.0.7:6970');
    assert.equal(readTrackerInput('host:443'), 'wss://host:443');
    assert.equal(readTrackerInput('HOST:1'), 'wss://host:1');
  });

  it('is an IPv6 address, in brackets before a port', () => {
    assert.equal(readTrackerInput('::1'), 'wss://[::1]:6970');
    assert.equal(readTrackerInput('[::1]'), 'wss://[::1]:6970');
    assert.equal(readTrackerInput('[2001:db8::7]:7000'), 'wss://[2001:db8::7]:7000');
    assert.equal(readTrackerInput('2001:db8::7 7000'), 'wss://[2001:db8::7]:7000');
    assert.equal(readTrackerInput(`2001:db8::7 7000 ${F}`), `wss://[2001:db8::7]:7000#${F}`);
  });

  it('has a fingerprint after a # or a space, with colons or a prefix', () => {
    const wanted = `wss://host:7000#${F}`;
    for (const written of [F, F.toUpperCase(), withColons(F), `SHA256:${F}`, `sha-256:${withColons(F)}`]) {
      for (const input of [`host:7000#${written}`, `host:7000 ${written}`, `host 7000 ${written}`])
        assert.equal(readTrackerInput(input), wanted, input);
      assert.equal(readTrackerInput(`wss://host:7000#${written}`), wanted);
      assert.equal(readTrackerInput(`host#${written}`), `wss://host:6970#${F}`);
      assert.equal(readTrackerInput(`::1#${written}`), `wss://[::1]:6970#${F}`);
    }
  });

  it('is the link of an invitation', () => {
    const link = `vscode://shoal.shoal/join?tracker=host%3A7000&fingerprint=${F}&group=lab`;
    assert.equal(readTrackerInput(link), `wss://host:7000#${F}`);
    assert.equal(readTrackerInput('vscode-insiders://shoal.shoal/join?tracker=host:7000'), 'wss://host:7000');
  });

  it('is nothing else', () => {
    const wrong = [
      ...['', '   ', ':', ':6970', 'host:', 'host:x', 'host:70000', 'host 70000', 'host 123456', 'a b', 'a b c d'],
      ...['ws://host:1', 'https://host:1', 'wss://', 'wss://host:1/path', 'wss://host:1?q', 'host/path', 'host:1/x'],
      ...['user@host:1', 'user:word@host:1', 'wss://user@host:1', 'wss://:word@host:1', ':word@host:1'],
      ...[
        `host:1#${F}#${F}`,
        `host#${F}#${F}`,
        `host 1 ${F} x`,
        'host:1#12',
        'host#',
        `host ${F} ${F}`,
        'host:0',
        'host 0',
      ],
      ...[
        'vscode://shoal.shoal/join',
        'vscode://shoal.shoal/join?group=lab',
        'vscode://other.other/join?tracker=host:1',
      ],
    ];
    for (const input of wrong) assert.throws(() => readTrackerInput(input), invalid, JSON.stringify(input));
  });

  it('is the same however it is written, and stays so', () => {
    fc.assert(
      fc.property(hosts, ports, fc.option(fingerprints, { nil: undefined }), (host, port, fingerprint) => {
        const url = trackerUrl({ host, port, ...(fingerprint !== undefined && { fingerprint }) });
        assert.equal(readTrackerInput(url), url);
        assert.equal(readTrackerInput(url.slice('wss://'.length)), url);
        assert.equal(readTrackerInput(`${host} ${port} ${fingerprint ?? ''}`), url);
        assert.equal(
          readTrackerInput(`\t${host}\t${port} ${fingerprint ? `SHA256:${withColons(fingerprint)}` : ''}`),
          url,
        );
        assert.equal(readTrackerInput(invitationLink('vscode', url, 'lab')), url);
      }),
    );
  });

  it('without a port has the default port', () => {
    fc.assert(
      fc.property(hosts, (host) => {
        assert.equal(readTrackerInput(host), trackerUrl({ host, port: DEFAULT_TRACKER_PORT }));
      }),
    );
  });

  it('is parsed or refused, whatever it is', () => {
    const parts = fc.constantFrom(
      'wss://',
      'ws://',
      'vscode://shoal.shoal/join?',
      'tracker=',
      '[',
      ']',
      ':',
      '#',
      '@',
      ' ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.oneof(parts, fc.string({ maxLength: 3 }), hosts, fingerprints, ports.map(String)))
        .map((some) => some.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        let url: string;
        try {
          url = readTrackerInput(input);
        } catch (error) {
          assert.ok(error instanceof ShoalError && error.code === 'TRACKER_INVALID', String(error));
          return;
        }
        assert.match(url, /^wss:\/\/[^/?#@\s]+:\d{1,5}(#[0-9a-f]{64})?$/);
        assert.equal(readTrackerInput(url), url);
      }),
      { numRuns: 2000 },
    );
  });

  it('is shown as host and port', () => {
    assert.equal(trackerName(`wss://host:7000#${F}`), 'host:7000');
    assert.equal(trackerName('wss://[::1]:6970'), '[::1]:6970');
  });
});
