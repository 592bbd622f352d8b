import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  infoLines,
  invitationLink,
  invitedTracker,
  parseInvitation,
  readInvitation,
} from '../../../../extension/model/trackers/invitation.js';
import { trackerUrl } from '../../../../extension/model/trackers/tracker-url.js';
import { fingerprints, hosts, names, ports } from '../drawn.js';

const F = '0f'.repeat(32);

function parse(query: string): ReturnType<typeof parseInvitation> {
  return parseInvitation('/join', query);
}

describe('an invitation', () => {
  it('names a tracker, its fingerprint and a group', () => {
    assert.deepEqual(parse(`tracker=host:7000&fingerprint=${F}&group=lab`), {
      tracker: `wss://host:7000#${F}`,
      group: 'lab',
    });
    assert.deepEqual(parse('tracker=%5B::1%5D:7000'), { tracker: 'wss://[::1]:7000', group: undefined });
    assert.deepEqual(parse('group=the%20usual%20suspects&tracker=host:1'), {
      tracker: 'wss://host:1',
      group: 'the usual suspects',
    });
  });

  it('is the same after formatting and parsing', () => {
    const tracker = fc
      .tuple(hosts, ports, fc.option(fingerprints, { nil: undefined }))
      .map(([host, port, fingerprint]) =>
        trackerUrl({ host, port, ...(fingerprint !== undefined && { fingerprint }) }),
      );
    const scheme = fc.constantFrom('vscode', 'vscode-insiders', 'vscodium', 'code-oss');
    fc.assert(
      fc.property(scheme, tracker, fc.option(names, { nil: undefined }), (someScheme, url, group) => {
        const link = invitationLink(someScheme, url, group);
        assert.doesNotMatch(link, /\s/);
        assert.ok(URL.canParse(link));
        assert.deepEqual(readInvitation(link), { tracker: url, group });
        assert.deepEqual(readInvitation(` ${link}\n`), { tracker: url, group });
        // The editor passes a decoded query.
        const query = link.slice(link.indexOf('?') + 1);
        assert.deepEqual(parse(decodeURIComponent(query)), { tracker: url, group });
      }),
    );
  });

  it('names further nodes of the tracker where version 0.1 does not look', () => {
    const tracker = `wss://host:7000,[2001:db8::1]:7001,other:7002#${F}`;
    const link = invitationLink('vscode', tracker, 'lab');
    const [before = '', fragment = ''] = link.split('#');
    assert.deepEqual(readInvitation(before), { tracker: `wss://host:7000#${F}`, group: 'lab' });
    assert.deepEqual(readInvitation(link), { tracker, group: 'lab' });
    const query = `tracker=host:7000&fingerprint=${F}&group=lab`;
    assert.deepEqual(parseInvitation('/join', query, fragment), { tracker, group: 'lab' });
    for (const wrong of [
      'nodes=',
      'nodes',
      'more',
      'nodes=a:1,',
      'nodes=a:1/',
      `nodes=${'a:1,'.repeat(300)}a:1`,
      'nodes=a:1&x=1',
    ])
      assert.equal(parseInvitation('/join', query, wrong), undefined, wrong);
    assert.equal(parseInvitation('/join', 'tracker=host:7000', 'nodes=a:1'), undefined, 'only a key makes them one');
    const many = Array.from({ length: 9 }, (_none, index) => `a:${7000 + index}`).join();
    assert.equal(parseInvitation('/join', query, `nodes=${many}`), undefined);
  });

  it('has the nodes that the tracker told, each once', () => {
    const told = [
      { host: 'host', port: 7000 },
      { host: 'other', port: 7001 },
    ];
    assert.equal(invitedTracker('wss://host:7000', null, told), 'wss://host:7000');
    const tracker = `wss://host:7000,other:7001#${F}`;
    for (const url of ['wss://host:7000', `wss://host:7000#${F}`, tracker])
      assert.equal(invitedTracker(url, F, told), tracker);
    assert.equal(infoLines(tracker), `host 7000 ${F}\nother 7001 ${F}`);
    assert.equal(infoLines('wss://[::1]:7000'), '::1 7000');
    const many = Array.from({ length: 16 }, (_none, index) => ({ host: 'a', port: 7000 + index }));
    assert.equal(
      readInvitation(invitationLink('vscode', invitedTracker('wss://b:1', F, many)))?.tracker.split(',').length,
      9,
    );
  });

  it('to a group with a plus leads to that group, and no other', () => {
    const link = invitationLink('vscode', 'wss://host:1', 'c++ and a+b');
    assert.equal(readInvitation(link)?.group, 'c++ and a+b');
    assert.equal(parse(decodeURIComponent(link.split('?')[1] ?? ''))?.group, 'c++ and a+b');
  });

  it('has no other parameters, and none twice', () => {
    for (const query of [
      ...['', 'group=lab', 'tracker=', 'tracker', `fingerprint=${F}`, 'tracker=host:1&x=1', 'tracker=host:1&Group=lab'],
      ...['tracker=host:1&tracker=host:1', 'tracker=host:1&group=a&group=b', 'tracker=host:1&x', 'Tracker=host:1'],
      `tracker=host:1&fingerprint=${F}&fingerprint=${F}`,
    ])
      assert.equal(parse(query), undefined, query);
  });

  it('has a plain host and port for its tracker', () => {
    for (const tracker of [
      ...[
        'user@host:1',
        'user:word@host:1',
        ':word@host:1',
        '@host:1',
        'host:1/',
        'host:1/path',
        'host:1?q=1',
        'host:1?',
      ],
      ...[`host:1#${F}`, 'host:1#', 'host:70000', 'host:x', 'wss://host:1', 'https://host:1', '//host:1', 'host:1\\'],
      ...['ho\nst:1', 'ho\tst:1', ' host:1', 'host:1 ', 'host:1\0', 'ho\u202Est:1', 'host: 1', 'ho%73t:1', 'host:0'],
    ])
      assert.equal(parse(new URLSearchParams({ tracker }).toString()), undefined, JSON.stringify(tracker));
  });

  it('has a valid fingerprint and a valid name', () => {
    for (const rest of [
      ...['fingerprint=', 'fingerprint=12', `fingerprint=${F}0`, `fingerprint=${F.replace('f', 'g')}`],
      ...[
        'group=',
        'group=%20lab',
        'group=a%0Ab',
        'group=a%00',
        'group=%E2%80%AElab',
        'group=a/b',
        `group=${'x'.repeat(65)}`,
      ],
    ])
      assert.equal(parse(`tracker=host:1&${rest}`), undefined, rest);
  });

  it('has a reasonable length', () => {
    assert.equal(parse(`tracker=${'a.'.repeat(600)}org:1`), undefined);
    assert.equal(readInvitation(`vscode://shoal.shoal/join?tracker=host:1&${'x'.repeat(5_000_000)}`), undefined);
  });

  it('has its own path and authority', () => {
    for (const path of ['', '/', '/Join', '/join/', '//join', '/join/..', '/joined'])
      assert.equal(parseInvitation(path, 'tracker=host:1'), undefined, path);
    for (const link of [
      ...[
        'shoal.shoal/join?tracker=host:1',
        '//shoal.shoal/join?tracker=host:1',
        'vscode:/shoal.shoal/join?tracker=host:1',
      ],
      ...['vscode://shoal.other/join?tracker=host:1', 'vscode://user@shoal.shoal/join?tracker=host:1'],
      ...['vscode://shoal.shoal:1/join?tracker=host:1', 'vscode://shoal.shoal/join?tracker=host:1#more'],
      ...[
        'vscode://shoal.shoal/join',
        'vscode://shoal.shoal/join#?tracker=host:1',
        '1code://shoal.shoal/join?tracker=host:1',
      ],
    ])
      assert.equal(readInvitation(link), undefined, link);
  });

  it('is parsed or refused, whatever it is, and never means more than its link', () => {
    const key = fc.constantFrom('tracker', 'fingerprint', 'group', 'x');
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      hosts.map((host) => `${host}:1`),
      names,
      fingerprints,
    );
    const query = fc.array(fc.tuple(key, value)).map((pairs) => new URLSearchParams(pairs).toString());
    fc.assert(
      fc.property(fc.oneof(query, fc.string({ unit: 'binary' })), (text) => {
        const invitation = parse(text);
        if (!invitation) return;
        const { tracker, group } = invitation;
        assert.match(tracker, /^wss:\/\/[^/?#@\s]+:\d{1,5}(#[0-9a-f]{64})?$/);
        assert.deepEqual(readInvitation(invitationLink('vscode', tracker, group)), invitation);
      }),
      { numRuns: 1000 },
    );
  });
});
