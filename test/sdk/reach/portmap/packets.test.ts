import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  decodeAddress,
  decodeMapping,
  encodeAddressRequest,
  encodeMapRequest,
} from '../../../../sdk/reach/portmap/pcp/nat-pmp.js';
import {
  decodePcpAnnounce,
  decodePcpMap,
  encodePcpAnnounce,
  encodePcpMap,
  PCP_UNSUPPORTED_VERSION,
} from '../../../../sdk/reach/portmap/pcp/pcp.js';

const port = fc.nat(65_535);
const seconds = fc.nat(0xffff_ffff);
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });

/** Bytes from numbers of so many bytes each. */
function packed(...fields: (readonly [value: number, bytes: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([value, bytes]) => {
      const field = Buffer.alloc(bytes);
      if (bytes > 0 && bytes <= 6) field.writeUIntBE(value, 0, bytes);
      return field;
    }),
  );
}

describe('packets of PCP', () => {
  it('are written as RFC 6887 lays them out', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        nonce,
        seconds,
        port,
        port,
        (client, bytes, lifetimeSeconds, internalPort, externalPort) => {
          const mapped = (address: string) =>
            Buffer.concat([Buffer.alloc(10), Buffer.from([255, 255]), Buffer.from(address.split('.').map(Number))]);
          assert.deepEqual(
            encodePcpMap({ client, nonce: bytes, lifetimeSeconds, internalPort, externalPort }),
            Buffer.concat([
              ...[packed([2, 1], [1, 1], [0, 2], [lifetimeSeconds, 4]), mapped(client), bytes],
              ...[packed([6, 1], [0, 3], [internalPort, 2], [externalPort, 2]), mapped('0.0.0.0')],
            ]),
          );
          assert.deepEqual(
            encodePcpAnnounce(client),
            Buffer.concat([packed([2, 1], [0, 1], [0, 2], [0, 4]), mapped(client)]),
          );
        },
      ),
    );
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        nonce,
        seconds,
        seconds,
        port,
        port,
        fc.ipV4(),
        fc.nat(255),
        (id, life, epoch, internal, external, ip, result) => {
          fc.pre(result !== PCP_UNSUPPORTED_VERSION);
          const answer = Buffer.concat([
            ...[packed([2, 1], [0x81, 1], [0, 1], [result, 1], [life, 4], [epoch, 4], [0, 12]), id],
            ...[packed([6, 1], [0, 3], [internal, 2], [external, 2], [0, 10], [0xffff, 2])],
            Buffer.from(ip.split('.').map(Number)),
          ]);
          assert.deepEqual(decodePcpMap(answer), {
            ...{ result, epochSeconds: epoch, nonce: Buffer.from(id), lifetimeSeconds: life },
            ...{ internalPort: internal, externalPort: external, externalAddress: ip },
          });
          assert.equal(decodePcpMap(answer.subarray(0, 59)), undefined);
          assert.equal(decodePcpAnnounce(answer), undefined, 'it answers another operation');
          answer.writeUInt8(17, 36);
          assert.equal(decodePcpMap(answer), undefined, 'it is a mapping of UDP');
        },
      ),
    );
  });

  it('keep an external IPv6 address as one', () => {
    const answer = Buffer.concat([packed([2, 1], [0x81, 1]), Buffer.alloc(58)]);
    answer.writeUInt8(6, 36);
    answer.set([0x20, 1, 0xd, 0xb8], 44);
    const read = decodePcpMap(answer);
    assert.ok(read && 'externalAddress' in read);
    assert.equal(read.externalAddress, '2001:db8:0:0:0:0:0:0');
  });

  it('tell a router that speaks another version, also NAT-PMP, by what it answers', () => {
    for (const version of [0, 1, 3]) {
      const answer = packed([version, 1], [0x80, 1], [PCP_UNSUPPORTED_VERSION, 2], [77, 4]);
      for (const read of [decodePcpAnnounce(answer), decodePcpMap(answer)])
        assert.deepEqual(read, { result: PCP_UNSUPPORTED_VERSION, epochSeconds: 77 });
    }
  });
});

describe('packets of NAT-PMP', () => {
  it('are written as RFC 6886 lays them out', () => {
    assert.deepEqual(encodeAddressRequest(), packed([0, 1], [0, 1]));
    fc.assert(
      fc.property(port, port, seconds, (internal, external, life) => {
        const request = packed([0, 1], [2, 1], [0, 2], [internal, 2], [external, 2], [life, 4]);
        assert.deepEqual(encodeMapRequest(internal, external, life), request);
      }),
    );
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(
        seconds,
        port,
        port,
        seconds,
        fc.ipV4(),
        (epochSeconds, internalPort, externalPort, life, address) => {
          const mapping = packed(
            [0, 1],
            [130, 1],
            [0, 2],
            [epochSeconds, 4],
            [internalPort, 2],
            [externalPort, 2],
            [life, 4],
          );
          const read = { result: 0, epochSeconds, internalPort, externalPort, lifetimeSeconds: life };
          assert.deepEqual(decodeMapping(mapping), read);
          assert.equal(decodeMapping(mapping.subarray(0, 15)), undefined);
          assert.equal(decodeAddress(mapping), undefined, 'it answers another operation');
          const told = Buffer.concat([
            packed([0, 1], [128, 1], [0, 2], [epochSeconds, 4]),
            Buffer.from(address.split('.').map(Number)),
          ]);
          assert.deepEqual(decodeAddress(told), { result: 0, epochSeconds, address });
          assert.equal(decodeAddress(told.subarray(0, 11)), undefined);
        },
      ),
    );
  });

  it('tell a refusal, however long it is', () => {
    for (const length of [8, 12, 16]) {
      const refusal = (operation: number) =>
        Buffer.concat([packed([0, 1], [operation, 1], [3, 2], [5, 4]), Buffer.alloc(length - 8)]);
      assert.deepEqual(decodeAddress(refusal(128)), { result: 3, epochSeconds: 5 });
      assert.deepEqual(decodeMapping(refusal(130)), { result: 3, epochSeconds: 5 });
    }
  });
});

it('any packet is read without an error', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom(0, 2),
      fc.constantFrom(128, 129, 130),
      (bytes, version, operation) => {
        const packet = Buffer.concat([Buffer.from([version, operation]), bytes]);
        for (const read of [decodePcpAnnounce, decodePcpMap, decodeAddress, decodeMapping])
          for (const one of [packet, Buffer.from(bytes)]) read(one);
      },
    ),
  );
});
