import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeAddress, decodeMapping } from '../../../sdk/reach/portmap/pcp/nat-pmp.js';
import { decodePcpAnnounce, decodePcpMap } from '../../../sdk/reach/portmap/pcp/pcp.js';
import { parseDescription } from '../../../sdk/reach/portmap/upnp/igd.js';
import { addressAtResponder, decodeSearchAnswer } from '../../../sdk/reach/portmap/upnp/ssdp.js';
import { leafText, scanXml } from '../../../sdk/reach/portmap/upnp/xml.js';
import { changed, type Sample } from '../mutations.js';
import type { FuzzTarget } from '../target.js';

/** What a router sends before anybody knows whether it is one. No decoder copies it. */

const RESPONDER = '192.168.0.1';
const ROUTE = { gateway: RESPONDER, localAddress: '192.168.0.2', isNeighbour: (one: string) => one === RESPONDER };

export function routerPacketsTarget(): FuzzTarget {
  return {
    inputs: (seed) => changed(fc.sample(packets(), { seed, numRuns: 200 })),
    mostBuffer: () => 0,
    decode: ({ bytes }) => {
      decodePcpAnnounce(bytes);
      decodeAddress(bytes);
      for (const mapping of [decodePcpMap(bytes), decodeMapping(bytes)])
        assert.ok(!mapping || !('lifetimeSeconds' in mapping) || bytes.length >= 16);
    },
  };
}

function packets(): fc.Arbitrary<Sample> {
  const heads = fc.constantFrom([2, 0x80, 24], [2, 0x81, 60], [0, 0x80, 12], [0, 0x82, 16], [0, 0x81, 8]);
  return fc
    .tuple(heads, fc.uint8Array({ minLength: 60, maxLength: 60 }))
    .map(([[version = 0, operation = 0, length = 0], rest]) => {
      const bytes = Buffer.from([version, operation, 0, 0, ...rest]).subarray(0, length);
      if (length === 60) bytes.writeUInt8(6, 36);
      return { bytes, fields: [0, 1, 2, 3, 8, 36, 40] };
    });
}

export function routerTextsTarget(): FuzzTarget {
  return {
    inputs: (seed) => changed(fc.sample(texts(), { seed, numRuns: 100 })),
    mostBuffer: () => 0,
    decode: ({ bytes }) => {
      const xml = bytes.toString('utf8');
      for (const named of [decodeSearchAnswer(bytes), ...parseDescription(xml).services.map((one) => one.controlUrl)]) {
        const url = addressAtResponder(named ?? '', RESPONDER, ROUTE, new URL(`http://${RESPONDER}/`));
        assert.ok(url === undefined || (url.hostname === RESPONDER && url.protocol === 'http:'));
      }
      let tokens = 0;
      for (const _token of scanXml(xml)) tokens++;
      assert.ok(tokens <= 2 * xml.length);
      for (const name of ['errorCode', 'NewExternalIPAddress']) leafText(xml, name);
    },
  };
}

function texts(): fc.Arbitrary<Sample> {
  const service = fc
    .constantFrom('WANIPConnection:1', 'WANIPConnection:2', 'Layer3Forwarding:1')
    .map(
      (type) =>
        `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>/ctl?a=1&amp;b=2</controlURL></service>`,
    );
  const description = fc
    .array(service, { maxLength: 80 })
    .map(
      (all) =>
        `<?xml version="1.0"?><root><URLBase>http://${RESPONDER}/</URLBase><!-- x --><d:device>${all.join('\n')}</d:device></root>`,
    );
  const answers = fc.constantFrom(
    `HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://${RESPONDER}:5000/d.xml\r\n\r\n`,
    '<s:Envelope><s:Body><s:Fault><errorCode>718</errorCode></s:Fault></s:Body></s:Envelope>',
    '<s:Envelope><u:R><NewExternalIPAddress>21.0.0.1</NewExternalIPAddress></u:R></s:Envelope>',
  );
  return fc.oneof(description, answers).map((text) => ({ bytes: Buffer.from(text), fields: [] }));
}
