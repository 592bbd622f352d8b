import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ShoalClient } from '@shoal/sdk';
import { EventEmitter } from 'eventemitter3';
import { AGENT_PROTOCOL } from '../../../extension/contract/contract.js';
import { DaemonLink } from '../../../extension/daemon/index.js';
import { editorClientOf } from '../../../extension/remote/editor-client.js';
import { RemoteClient } from '../../../extension/remote/remote-client.js';
import { RemoteDownload } from '../../../extension/remote/remote-download.js';
import { RemoteFolder } from '../../../extension/remote/remote-folder.js';
import { download, folderDownload } from '../model/records.js';

/** Opening and closing the client, surveying folders and listing the shared ones are for the editor's own windows. */
const THE_EDITORS: ReadonlySet<string> = new Set([
  ...['constructor', 'connect', 'close', 'listenAddress', 'trackerProblem', 'reachProblem', 'surveyFolder'],
  ...['reach', 'connectMode', 'setConnect', 'portMapping', 'setPortMapping'],
  'sharedFolders',
]);
const LISTENING = ['on', 'once', 'off', 'addListener', 'removeListener'];
const TOKEN = 'the token of a session';

const CALLS = {
  pause: async () => {},
  resume: async () => {},
  cancel: async () => {},
  pieces: async () => Uint8Array.of(1),
  tune: async () => {},
};

/** A window's client without an agent. */
function windowClient(): RemoteClient {
  const folder = join(import.meta.dirname, 'no-such-folder');
  const options = { folder, script: 'none', protocol: AGENT_PROTOCOL, version: '1.0.0', startOptions: () => ({}) };
  return new RemoteClient(new DaemonLink(options), async () => {});
}

/** All property names of an object, including those of its prototypes. */
function namesOf(object: object | null): string[] {
  if (object === null || object === Object.prototype) return [];
  return [...Reflect.ownKeys(object).map(String), ...namesOf(Object.getPrototypeOf(object) as object | null)];
}

describe("the editor's client for other extensions", () => {
  it('has exactly the documented members, and cannot be changed', () => {
    const api = editorClientOf(windowClient());
    const listening = new Set(namesOf(EventEmitter.prototype));
    const names = namesOf(ShoalClient.prototype).filter((name) => !name.startsWith('Symbol(') && !listening.has(name));
    const methods = new Set(names.filter((name) => !THE_EDITORS.has(name)));
    assert.deepEqual(namesOf(api).toSorted(), [...methods, ...LISTENING].toSorted());
    assert.ok(Object.isFrozen(api));
  });

  it('forwards the events of the SDK, and none with a token', () => {
    const client = windowClient();
    const api = editorClientOf(client);
    const heard: unknown[] = [];
    const listen = api.on as (event: string, listener: (...args: unknown[]) => void) => void;
    const names = ['tokenChanged', 'log', 'attached', 'statusChanged', 'groupsChanged', 'downloadsChanged'];
    for (const name of [...names, 'foldersChanged', 'sharesChanged', 'connected', 'missed'])
      listen(name, (...args) => heard.push([name, ...args]));
    client.emit('tokenChanged', TOKEN);
    client.emit('log', { level: 'warn', message: TOKEN });
    client.emit('attached');
    client.emit('groupsChanged');
    client.emit('sharesChanged', undefined);
    client.emit('connected', { resumed: true });
    client.emit('missed', { groupId: null });
    assert.deepEqual(heard, [
      ['connected', { resumed: true }],
      ['missed', { groupId: null }],
    ]);
  });

  it("forwards no event that the window's client adds to those of the SDK", () => {
    const client = windowClient();
    editorClientOf(client);
    const passed = ['connected', 'disconnected', 'sessionEnded', 'joinRequested', 'membershipChanged', 'missed'];
    const files = ['fileShared', 'fileStopped', 'filesShared', 'filesStopped'];
    const versions = ['fileUpdated', 'filesUpdated', 'filesRemoved', 'groupChanged'];
    const shares = ['shareChanged', 'shareLost', 'sharesUnavailable', 'sharesAvailable'];
    const folders = ['folderShared', 'folderShareFailed'];
    const transfers = ['downloadChanged', 'folderChanged', 'uploadsChanged'];
    const all = [...passed, ...files, ...versions, ...shares, ...folders, ...transfers];
    assert.deepEqual(client.eventNames().toSorted(), all.toSorted());
  });

  it('passes itself to listeners, and removes only the given one', () => {
    const client = windowClient();
    const api = editorClientOf(client);
    const seen: unknown[] = [];
    const listener = function (this: unknown) {
      seen.push(this);
    };
    assert.equal(api.on('connected', listener), api);
    assert.equal(api.once('connected', listener), api);
    Reflect.apply(api.off, api, ['connected']);
    client.emit('connected', { resumed: false });
    assert.deepEqual(seen, [api, api]);
    api.off('connected', listener);
    client.emit('connected', { resumed: false });
    assert.equal(seen.length, 2);
  });

  it('runs methods on the window’s client', () => {
    const api = editorClientOf(windowClient());
    const { shares, downloads } = api;
    assert.deepEqual([shares(), downloads(), api.folderDownloads(), api.uploads()], [[], [], [], []]);
    assert.equal(api.userId, undefined);
    assert.deepEqual(Object.keys(api.limits).length, 3);
  });

  it('returns downloads with only the documented members, and the same object each time', async () => {
    const client = windowClient();
    const api = editorClientOf(client);
    const got: object[] = [];
    api.on('downloadChanged', (one) => got.push(one));
    api.on('folderChanged', (one) => got.push(one));
    const file = new RemoteDownload(download({ state: 'downloading' }), CALLS);
    const tree = new RemoteFolder(folderDownload({ state: 'downloading' }), CALLS);
    for (const again of [1, 2]) {
      client.emit('downloadChanged', file);
      client.emit('folderChanged', tree);
      assert.equal(new Set(got).size, 2, `round ${again}`);
    }
    const [fileApi = {}, treeApi = {}] = got;
    const own = ['update', 'dropped', 'fail', 'constructor'];
    for (const [seen, internal] of [
      [fileApi, RemoteDownload],
      [treeApi, RemoteFolder],
    ] as const) {
      const prototypes = [internal.prototype, Object.getPrototypeOf(internal.prototype) as object];
      const names = new Set(prototypes.flatMap((one) => Object.getOwnPropertyNames(one)));
      const members = [...names].filter((name) => !own.includes(name));
      assert.deepEqual(namesOf(seen).toSorted(), [...members, ...LISTENING].toSorted());
    }
  });

  it('supports listeners and actions of downloads', async () => {
    const client = windowClient();
    const api = editorClientOf(client);
    const file = new RemoteDownload(download({ state: 'downloading' }), CALLS);
    const states: string[] = [];
    api.once('downloadChanged', (one) => one.on('state', ({ name }) => states.push(`${name} ${one.state.name}`)));
    client.emit('downloadChanged', file);
    file.update(download({ state: 'paused' }));
    assert.deepEqual(states, ['paused paused']);
    const heard = (file as EventEmitter).eventNames();
    assert.deepEqual(heard, ['state']);
  });
});
