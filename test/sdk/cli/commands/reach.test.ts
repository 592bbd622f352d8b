import assert from 'node:assert/strict';
import type { ConnectMode, PeerPath, Reach, SourceProgress } from '../../../../sdk/index.js';
import { answersTo } from '../answers.js';
import { FakeDownload, fakeClient } from '../fake-client.js';

const REACH: Reach = {
  listenAddress: { host: '::', port: 24_816 },
  addresses: [
    { host: '203.0.113.7', port: 24_816, kind: 'mapped', verdict: 'open' },
    { host: '2001:db8::7', port: 24_816, kind: 'global', verdict: 'closed' },
    { host: '192.168.1.10', port: 24_816, kind: 'private', verdict: 'unchecked' },
  ],
  mapping: { host: '203.0.113.7', port: 24_816, by: 'PCP' },
  noMapping: undefined,
  openAt: { host: '203.0.113.7', port: 24_816, kind: 'mapped', verdict: 'open' },
  connect: 'auto',
  isRelayed: true,
  situation: 'open',
  sentence: 'Others reach this computer directly (203.0.113.7:24816, opened on the router by PCP).',
};

function source(userId: string, path: PeerPath, why?: string): SourceProgress {
  const figures = { bytes: 0, pieces: 0, bytesPerSecond: 0 };
  const state = path === 'none' ? 'gone' : 'ready';
  return { deviceId: userId, userId, state, ...figures, path, ...(why !== undefined && { why }) };
}

describe('commands about connections', () => {
  it('show the addresses with what was found there, and what others need', async () => {
    assert.deepEqual(await answersTo(fakeClient({ reach: REACH }), 'reach'), [
      `5 rows: ${REACH.sentence}`,
      '[::]:24816\tpieces are served here\t',
      '203.0.113.7:24816\tforwarded by the router (PCP)\t',
      '203.0.113.7:24816\tforwarded by the router\topen: others connect here',
      '[2001:db8::7]:24816\ton the Internet\tclosed: nobody answered the tracker',
      '192.168.1.10:24816\tin a private network\tnot checked',
    ]);
    const noMapping = { reason: 'noAnswer', why: 'The router opens no port.' } as const;
    const [, , router] = await answersTo(fakeClient({ reach: { ...REACH, mapping: undefined, noMapping } }), 'reach');
    assert.equal(router, 'router\tThe router opens no port.\t');
    const [answer] = await answersTo(fakeClient(), 'reach');
    assert.equal(answer, 'error DISCONNECTED: There is no connection to the tracker yet.');
  });

  it('set the ways to others', async () => {
    const set: ConnectMode[] = [];
    const client = fakeClient({ reach: REACH, setConnect: (connect) => void set.push(connect) });
    assert.deepEqual(await answersTo(client, 'set_connect RELAY', 'set_connect direct', 'set_connect pigeon'), [
      REACH.sentence,
      REACH.sentence,
      'error USAGE: There is no way pigeon: write auto, direct, relay.',
    ]);
    assert.deepEqual(set, ['relay', 'direct']);
  });

  it('let the router open a port, or not', async () => {
    let portMapping = true;
    const client = Object.defineProperty(
      fakeClient({
        setPortMapping: (isOn) => {
          portMapping = isOn;
        },
      }),
      'portMapping',
      { get: () => portMapping },
    );
    assert.deepEqual(await answersTo(client, 'set_port_mapping OFF', 'set_port_mapping on', 'set_port_mapping 1'), [
      'port mapping: off',
      'port mapping: on',
      'error USAGE: Port mapping is on or off, not 1.',
    ]);
  });

  it('show the ways of each download, and why there is none', async () => {
    const cases: [sources: SourceProgress[], shown: RegExp][] = [
      [[], /eta 3s$/],
      [[source('bob', 'relay')], /eta 3s over the relay$/],
      [
        [source('bob', 'back'), source('carol', 'lan'), source('dave', 'direct'), source('erin', 'none', 'away')],
        /over the own network, direct connections, connections from the other side$/,
      ],
      [[source('bob', 'none', 'Its router lets nobody in.')], /eta 3s \(bob: Its router lets nobody in\.\)$/],
    ];
    for (const [sources, shown] of cases) {
      const download = new FakeDownload('lab', 'payload.bin');
      download.progress = { ...download.progress, sources };
      const [, line = ''] = await answersTo(fakeClient({ downloads: () => [download] }), 'show_downloads');
      assert.match(line, shown);
    }
  });

  it('show the sources of a download, with the way to each and why it is this way', async () => {
    const download = new FakeDownload('lab', 'payload.bin');
    const relayed = { ...source('bob', 'relay', 'The setting allows the relay only.'), bytes: 2 ** 20 };
    const sources = [
      { ...relayed, bytesPerSecond: 2e6 },
      source('erin', 'none'),
      { ...source('fred', 'none'), cameBy: 'punched' } as const,
    ];
    download.progress = { ...download.progress, sources };
    const client = fakeClient({ downloads: () => [download] });
    assert.deepEqual(await answersTo(client, 'show_sources lab payload.bin', 'show_sources lab other.bin'), [
      '3 sources',
      'bob\tbob\t1 MiB\t2.00 MB/s\tthe relay\tThe setting allows the relay only.',
      'erin\terin\t0 bytes\tdisconnected\tno connection\t',
      'fred\tfred\t0 bytes\tdisconnected\tconnections through both routers\t',
      'error DOWNLOAD_NOT_FOUND: No download of other.bin from lab is in the list: show_downloads lists them.',
    ]);
  });
});
