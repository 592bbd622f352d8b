import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_BATCH_SOURCES, messageBytes, type Source } from '../../../sdk/protocol/index.js';
import { placeSources } from '../../../tracker/methods/placed-sources.js';

/** A device with names of this length. */
const source = (device: number, length: number): Source => ({
  deviceId: device.toString(16).padStart(64, '0'),
  userId: '𠮷'.repeat(length / 4),
  host: 'h'.repeat(length - 1),
  port: 1,
  complete: device % 2 === 0,
});

describe('the sources of many files in one answer', () => {
  const files = fc.array(fc.uniqueArray(fc.nat({ max: 400 }), { maxLength: MAX_BATCH_SOURCES }), { maxLength: 256 });
  const length = fc.constantFrom(16, 256);

  it('are the sampled ones, each device once, up to the available room', () => {
    fc.assert(
      fc.property(files, length, (drawn, long) => {
        const { placed, devices } = placeSources(drawn.map((ofFile) => ofFile.map((device) => source(device, long))));
        assert.equal(placed.length, drawn.length);
        assert.equal(new Set(devices.map(({ deviceId }) => deviceId)).size, devices.length);
        assert.ok(messageBytes(devices) <= 192 * 1024 + 2);
        const isWhole = new Set(drawn.flat()).size === devices.length;
        for (const [index, ofFile] of placed.entries()) {
          const named = ofFile.map(({ device, complete }) => ({ ...devices[device], complete }));
          const wanted = (drawn[index] ?? []).map((device) => source(device, long));
          for (const one of named)
            assert.ok(wanted.some((other) => other.deviceId === one.deviceId && other.complete === one.complete));
          if (isWhole) assert.equal(named.length, wanted.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('include a first one for every file before any gets a second', () => {
    const drawn = Array.from({ length: 256 }, (_, file) =>
      Array.from({ length: MAX_BATCH_SOURCES }, (_one, rank) => source(file * MAX_BATCH_SOURCES + rank, 256)),
    );
    const { placed } = placeSources(drawn);
    assert.ok(placed.every((ofFile) => ofFile.length > 0));
    assert.ok(placed.some((ofFile) => ofFile.length < MAX_BATCH_SOURCES));
  });
});
