import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EXTERNAL_PORT_TRIES, externalPorts } from '../../../../sdk/reach/portmap/external-port.js';
import { hasRestarted } from '../../../../sdk/reach/portmap/pcp/epoch.js';
import { parseDescription } from '../../../../sdk/reach/portmap/upnp/igd.js';
import { encodeCall } from '../../../../sdk/reach/portmap/upnp/soap.js';
import { addressAtResponder, decodeSearchAnswer, encodeSearch } from '../../../../sdk/reach/portmap/upnp/ssdp.js';
import { escapeXml, leafText, scanXml } from '../../../../sdk/reach/portmap/upnp/xml.js';
import { LOOPBACK } from './mapper-scene.js';

const markup = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '/',
      '</',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '&lt;',
      '&',
      ' ',
      'a',
      'service',
      ':',
      '\u0000',
    ),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(''));

describe('the scan of XML', () => {
  it('reads back any text that was escaped', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(leafText(encodeCall('urn:x', 'Do', { Value: text }), 'Value'), text.trim());
        assert.equal(leafText(`<a>${escapeXml(text)}</a>`, 'a'), text.trim());
      }),
    );
  });

  it('bears any text, and makes no more of it than there is', () => {
    fc.assert(
      fc.property(fc.oneof(markup, fc.string()), (xml) => {
        const tokens = [...scanXml(xml)];
        assert.ok(tokens.length <= 2 * xml.length);
        leafText(xml, 'a');
        parseDescription(xml);
      }),
    );
  });

  it('passes over comments, instructions and prefixes, and takes leaves only', () => {
    const xml = '<?xml?><!DOCTYPE a><r><!-- <x>1</x> --><p:x><y/>2</p:x><p:x k="v">3 &amp; 4</p:x><x>5</x></r>';
    assert.equal(leafText(xml, 'x'), '3 & 4');
    assert.equal(leafText(xml, 'y'), '');
    assert.equal(leafText(xml, 'z'), undefined);
    assert.equal(leafText('<x>unfinished', 'x'), undefined);
  });

  it('reads 64 services at most', () => {
    const service = '<service><serviceType>t</serviceType><controlURL>/c</controlURL></service>';
    assert.equal(parseDescription(service.repeat(100)).services.length, 64);
    assert.deepEqual(parseDescription(`<URLBase>http://a/</URLBase>${service}`), {
      urlBase: 'http://a/',
      services: [{ type: 't', controlUrl: '/c' }],
    });
  });
});

describe('the search for UPnP routers', () => {
  it('finds the location of an answer', () => {
    const lines = ['HTTP/1.1 200 OK', 'ST: x', 'location:  http://192.168.0.1:80/a ', '', ''];
    assert.equal(decodeSearchAnswer(Buffer.from(lines.join('\r\n'))), 'http://192.168.0.1:80/a');
    for (const none of [
      '',
      'HTTP/1.1 404 Not Found\r\nLocation: x\r\n\r\n',
      `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(5000)}\r\nLocation: x`,
    ])
      assert.equal(decodeSearchAnswer(Buffer.from(none)), undefined);
    assert.equal(decodeSearchAnswer(encodeSearch('x', { address: '239.255.255.250', port: 1900 })), undefined);
  });

  it('bears any answer', () => {
    fc.assert(
      fc.property(fc.uint8Array(), markup, (bytes, text) => {
        decodeSearchAnswer(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nLocation:'), bytes]));
        const url = addressAtResponder(text, '127.0.0.1', LOOPBACK, new URL('http://127.0.0.1/a'));
        assert.ok(url === undefined || (url.hostname === '127.0.0.1' && url.protocol === 'http:'));
      }),
    );
  });

  it('goes to no address but that of the responder, who must be a neighbour', () => {
    const at = (named: string, responder = '127.0.0.1') => addressAtResponder(named, responder, LOOPBACK)?.href;
    assert.equal(at('http://127.0.0.1:5000/d'), 'http://127.0.0.1:5000/d');
    assert.equal(at('http://127.0.0.1:5000/d', '127.0.0.2'), undefined);
    assert.equal(at('http://127.0.0.2/', '127.0.0.2'), undefined);
    assert.equal(at('/relative'), undefined);
    assert.equal(at(`http://127.0.0.1/${'x'.repeat(2000)}`), undefined);
  });
});

describe('the epoch of a router', () => {
  const after = (routerSeconds: number, ownSeconds: number) =>
    hasRestarted({ routerSeconds: 1000, atMs: 0 }, { routerSeconds: 1000 + routerSeconds, atMs: ownSeconds * 1000 });

  it('goes on at about the pace of the own clock, unless the router has restarted', () => {
    for (const [router, own] of [
      [300, 300],
      [0, 0],
      [-1, 0],
      [310, 300],
      [290, 300],
      [2, 0],
    ] as const)
      assert.ok(!after(router, own), `${router} ${own}`);
    for (const [router, own] of [
      [-2, 0],
      [-990, 300],
      [3, 300],
      [400, 300],
      [200, 300],
    ] as const)
      assert.ok(after(router, own), `${router} ${own}`);
  });
});

describe('the external ports to ask for', () => {
  it('begin with the last and the internal one, and are the same each time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1024, max: 65_535 }),
        fc.ipV4(),
        fc.option(fc.integer({ min: 1, max: 65_535 })),
        (port, address, last) => {
          const ports = externalPorts(port, address, last ?? undefined);
          assert.equal(ports[0], last ?? port);
          assert.ok(ports.includes(port));
          assert.equal(ports.length, EXTERNAL_PORT_TRIES);
          assert.equal(new Set(ports).size, ports.length);
          assert.deepEqual(externalPorts(port, address, last ?? undefined), ports);
          for (const other of ports) assert.ok(other === port || other === last || (other >= 20_000 && other < 32_768));
        },
      ),
    );
  });
});
