import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { until } from '../../../support/until.js';
import { INTERNAL_PORT } from './mapper-scene.js';
import { UpnpRouter } from './upnp-router.js';
import { ANSWER_MS, faultAt, upnpScene } from './upnp-scene.js';

describe('port mapping by UPnP at a hostile router', () => {
  it('follows no location elsewhere', async () => {
    await using victim = await UpnpRouter.open();
    await using router = await UpnpRouter.open();
    const [own = ''] = router.locations;
    const [others = ''] = victim.locations;
    router.locations = [
      ...['localhost', '127.0.0.2', '[::1]', '[::ffff:127.0.0.1]', 'user@127.0.0.1'].map((host) =>
        others.replace('127.0.0.1', host),
      ),
      ...[others.replace('http:', 'https:'), 'file:///etc/passwd', 'nothing', own],
    ];
    await using mapping = upnpScene(router);
    await mapping.mapped(); // by the last one
    assert.equal(victim.requests, 0);
  });

  it('bears a crowd of routers', async () => {
    await using router = await UpnpRouter.open();
    const [own = ''] = router.locations;
    router.locations = Array.from({ length: 30 }, (_none, index) => `${own}?${index}`);
    router.override = (_request, response) => {
      response.writeHead(404).end();
      return true;
    };
    await using mapping = upnpScene(router);
    mapping.mapper.start(INTERNAL_PORT);
    await until(() => router.requests === 8 && mapping.clock.waits.filter((ms) => ms === ANSWER_MS).length === 1);
    await mapping.clock.passOnceWaited(ANSWER_MS);
    await mapping.next('none');
    assert.equal(router.requests, 8);
  });

  it('calls no service elsewhere, whether by its control URL or by URLBase', async () => {
    await using victim = await UpnpRouter.open();
    await using router = await UpnpRouter.open();
    router.controlUrl = victim.origin.replace('127.0.0.1', '127.0.0.2');
    assert.equal(await faultAt(router), 'malformed');
    router.controlUrl = '/control';
    router.urlBase = victim.origin.replace('127.0.0.1', 'localhost');
    assert.equal(await faultAt(router), 'malformed');
    router.urlBase = '';
    router.controlUrl = '';
    assert.equal(await faultAt(router), 'malformed');
    assert.deepEqual(victim.asked, []);
    assert.deepEqual(router.actions, []);
  });

  it('follows no redirect', async () => {
    await using victim = await UpnpRouter.open();
    await using router = await UpnpRouter.open();
    router.override = (_request, response) => {
      response.writeHead(302, { location: victim.locations[0] }).end();
      return true;
    };
    assert.equal(await faultAt(router), 'malformed');
    assert.deepEqual(victim.asked, []);
  });

  it('reads 64 KiB of an answer at most', async () => {
    await using router = await UpnpRouter.open();
    let wasCutOff = false;
    router.override = (_request, response) => {
      response.on('close', () => {
        wasCutOff = true;
      });
      flood(response);
      return true;
    };
    assert.equal(await faultAt(router), 'malformed');
    await until(() => wasCutOff);
  });

  it('gives up an answer that never comes, and one whose head has no end', async () => {
    await using router = await UpnpRouter.open();
    router.override = () => true;
    assert.equal(await faultAt(router, { isSilent: true }), 'no-answer');
    router.override = (request) => {
      request.socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`);
      return true;
    };
    assert.equal(await faultAt(router), 'no-answer');
  });

  for (const [what, text] of [
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<root>'],
    ['no description', 'HTTP/1.1 200 OK\r\n\r\n<!-- <service>'],
  ] as const) {
    it(`bears ${what}`, async () => {
      await using router = await UpnpRouter.open();
      router.override = (request) => {
        request.socket.end(text);
        return true;
      };
      assert.match(await faultAt(router), /^(no-answer|malformed)$/);
    });
  }

  it('shows no control characters of its refusal', async () => {
    await using router = await UpnpRouter.open();
    router.override = (request, response) => {
      if (!/AddPortMapping/.test(String(request.headers.soapaction))) return false;
      response
        .writeHead(500)
        .end(`<errorCode>501</errorCode><errorDescription>\u001b[2J${'x'.repeat(500)}</errorDescription>`);
      return true;
    };
    await using mapping = upnpScene(router);
    mapping.mapper.start(INTERNAL_PORT);
    await until(() => router.actions.length > 0);
    const state = await mapping.next('none');
    assert.ok(state.kind === 'none' && state.fault === 'refused' && state.why.includes('UPnP 501'));
    assert.ok(!state.why.includes('\u001b') && state.why.length < 300);
  });
});

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(16_384, 'x');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
