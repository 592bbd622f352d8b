import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';
import { ask, DaemonLink, DaemonServer, type Handlers, hear, serve } from '../../../extension/daemon/index.js';
import { hasCode } from '../agent/support.js';

const CONTRACT = {
  methods: {
    double: { params: z.object({ of: z.number() }), result: z.object({ is: z.number() }) },
    refuse: { params: z.object({}), result: z.object({}) },
    wait: { params: z.object({}), result: z.object({}) },
    lie: { params: z.object({}), result: z.object({ is: z.number() }) },
  },
  events: { told: z.object({ what: z.string() }) },
} as const;

type Window = Parameters<typeof serve>[0];

describe('the messages of a daemon', () => {
  let folder: string;
  let server: DaemonServer;
  let link: DaemonLink;
  let window: Window;
  let handlers: Handlers<typeof CONTRACT>;
  let onWindow: (attached: Window) => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-daemon-'));
    onWindow = () => {};
    handlers = {
      double: ({ of }) => ({ is: 2 * of }),
      refuse: () => Promise.reject(new ShoalError('NAME_TAKEN', 'That name is taken.')),
      wait: () => new Promise(() => {}),
      lie: () => ({ is: 'no number' }) as never,
    };
    server = await DaemonServer.open({
      ...{ folder, protocol: 1, version: '1.0.0', lingerMs: 60_000 },
      mayStay: () => true,
      onWindow: (attached) => {
        window = attached;
        onWindow(attached);
        serve(attached, CONTRACT, handlers);
      },
      onEnd: () => {},
    });
    link = new DaemonLink({ folder, script: 'none', startOptions: () => ({}), protocol: 1, version: '1.0.0' });
  });
  afterEach(async () => {
    link.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('carry requests, answers and errors with their codes', async () => {
    const daemon = await link.open();
    assert.deepEqual(await ask(daemon, CONTRACT, 'double', { of: 21 }), { is: 42 });
    const refused = ask(daemon, CONTRACT, 'refuse', {});
    await assert.rejects(
      refused,
      (error) => hasCode('NAME_TAKEN')(error) && (error as Error).message.includes('taken'),
    );
  });

  it('report an invalid request, and an invalid answer', async () => {
    const daemon = await link.open();
    await assert.rejects(ask(daemon, CONTRACT, 'double', { of: 'x' as never }), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(ask(daemon, CONTRACT, 'double', undefined as never), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(ask(daemon, CONTRACT, 'double', [21] as never), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(ask(daemon, CONTRACT, 'lie', {}), hasCode('PROTOCOL_ERROR'));
    await assert.rejects(ask(daemon, CONTRACT, 'nothing' as never, {} as never));
  });

  it('cancel a request, whose handler is notified', async () => {
    const heard = new Promise<AbortSignal>((resolve) => {
      handlers.wait = (_params, signal) =>
        new Promise((_resolve, reject) => {
          resolve(signal);
          signal.addEventListener('abort', () => reject(new ShoalError('ABORTED', 'Stopped, as asked.')));
        });
    });
    const daemon = await link.open();
    const abort = new AbortController();
    const asked = ask(daemon, CONTRACT, 'wait', {}, abort.signal);
    assert.equal((await heard).aborted, false);
    abort.abort();
    await assert.rejects(asked, hasCode('ABORTED'));
    assert.equal((await heard).aborted, true);
  });

  it('cancel many requests by one signal, which has one listener while one of them is open', async () => {
    handlers.wait = (_params, signal) =>
      new Promise((_resolve, reject) => {
        const stop = () => reject(new ShoalError('ABORTED', 'Stopped, as asked.'));
        if (signal.aborted)
          stop(); // it was cancelled in transit
        else signal.addEventListener('abort', stop);
      });
    const daemon = await link.open();
    const abort = new AbortController();
    const listeners = () => getEventListeners(abort.signal, 'abort').length;
    const doubled = Array.from({ length: 20 }, (_none, of) => ask(daemon, CONTRACT, 'double', { of }, abort.signal));
    await Promise.all(doubled);
    assert.equal(listeners(), 0);
    const asked = Array.from({ length: 20 }, () => ask(daemon, CONTRACT, 'wait', {}, abort.signal));
    assert.equal(listeners(), 1);
    abort.abort();
    await Promise.all(asked.map((one) => assert.rejects(one, hasCode('ABORTED'))));
  });

  it('are not sent for a request that was cancelled before', async () => {
    let wasAsked = false;
    handlers.wait = () => {
      wasAsked = true;
      return {};
    };
    const daemon = await link.open();
    await assert.rejects(ask(daemon, CONTRACT, 'wait', {}, AbortSignal.abort()), hasCode('ABORTED'));
    await ask(daemon, CONTRACT, 'double', { of: 1 });
    assert.equal(wasAsked, false);
  });

  it('carry events, and ignore invalid ones', async () => {
    const daemon = await link.open();
    await ask(daemon, CONTRACT, 'double', { of: 1 });
    const told: string[] = [];
    const last = new Promise<void>((resolve) => {
      hear(daemon, CONTRACT, 'told', ({ what }) => {
        told.push(what);
        if (what === 'last') resolve();
      });
    });
    for (const what of ['first', 7, null, 'last']) await window.sendNotification('told', { what });
    await last;
    assert.deepEqual(told, ['first', 'last']);
  });

  it('end with the connection, and waiting callers get an error', async () => {
    const daemon = await link.open();
    const told = assert.rejects(ask(daemon, CONTRACT, 'wait', {}), hasCode('CLOSED'));
    await ask(daemon, CONTRACT, 'double', { of: 1 });
    const down = new Promise<void>((resolve) => link.once('down', resolve));
    await server.close();
    await told;
    await down;
    link.close();
    await assert.rejects(link.open(), hasCode('CLOSED'));
  });

  it('leave no timer behind for a window that disconnected within a message', async () => {
    const endpoint = z.object({ address: z.string(), secret: z.string() });
    const { address, secret } = endpoint.parse(JSON.parse(readFileSync(join(folder, 'endpoint.json'), 'utf8')));
    const timersAfter = async (message: string) => {
      const left = new Promise<void>((resolve) => {
        onWindow = (attached) => attached.onClose(resolve);
      });
      connect(address).end(Buffer.concat([Buffer.from(secret, 'hex'), Buffer.from(message)]));
      await left;
      return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    };
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'nothing', params: {} });
    const whole = `Content-Length: ${body.length}\r\n\r\n${body}`;
    const before = await timersAfter(whole);
    assert.equal(await timersAfter(whole.slice(0, -5)), before);
  });
});
