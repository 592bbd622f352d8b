import assert from 'node:assert/strict';
import { LogStream } from '../../../tracker/program/log-stream.js';

describe("the tracker's log", () => {
  /** A disk with room for this many bytes, which accepts few at a time. */
  function smallDisk(room: number) {
    const disk = { room, text: '' };
    const stream = new LogStream((bytes) => {
      if (disk.room === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      const taken = bytes.subarray(0, Math.min(7, disk.room));
      disk.text += Buffer.from(taken).toString();
      disk.room -= taken.length;
      return taken.length;
    });
    return { disk, stream };
  }

  it('writes each line completely, however little the system accepts at once', () => {
    const { disk, stream } = smallDisk(1000);
    for (const line of ['{"a":1}\n', '{"msg":"a longer one"}\n']) stream.write(line);
    assert.equal(disk.text, '{"a":1}\n{"msg":"a longer one"}\n');
  });

  it('drops lines that cannot be written, throws nothing, and reports the loss later', () => {
    const { disk, stream } = smallDisk(12);
    for (const line of ['{"a":1}\n', '{"b":2}\n', '{"c":3}\n', '{"d":4}\n']) stream.write(line);
    disk.room = 1000;
    stream.write('{"e":5}\n');
    stream.write('{"f":6}\n');
    const [a, torn, lost, e, f] = disk.text.split('\n');
    assert.deepEqual([a, torn, e, f], ['{"a":1}', '{"b"', '{"e":5}', '{"f":6}']);
    assert.deepEqual((JSON.parse(lost ?? '') as { lost: number }).lost, 3);
  });
});
