import assert from 'node:assert/strict';
import { UploadScheduler } from '../../../../sdk/transfer/upload/upload-scheduler.js';
import { BLOCK, request, scheduler, serve } from './some-uploads.js';

describe('UploadScheduler', () => {
  it('slices a request into blocks, in order, and keeps to where it began', () => {
    const uploads = scheduler('ann');
    uploads.enqueue('ann', request(5, 250, { offset: 1000 }));
    uploads.enqueue('ann', request(6, 30));
    assert.deepEqual(serve(uploads), ['ann 5:1000+100', 'ann 5:1100+100', 'ann 5:1200+50', 'ann 6:0+30']);
  });

  it('serves peers in turn', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    uploads.enqueue('bob', request(2, 200));
    assert.deepEqual(serve(uploads), ['ann 1:0+100', 'bob 2:0+100', 'ann 1:100+100', 'bob 2:100+100', 'ann 1:200+100']);
  });

  it('gives small requests as many bytes as large ones', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    for (let piece = 0; piece < 8; piece++) uploads.enqueue('bob', request(piece, 25));
    assert.deepEqual(
      serve(uploads).map((block) => block[0]),
      [...'abbbbabbbba'],
    );
  });

  it('gives turns of another size when the block is changed, amid a turn too', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 25));
    uploads.enqueue('ann', request(2, 300));
    uploads.enqueue('bob', request(3, 200));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+25']);
    uploads.setBlockBytes(50);
    assert.deepEqual(serve(uploads, 4), ['bob 3:0+50', 'ann 2:0+50', 'ann 2:50+50', 'bob 3:50+50']);
    uploads.setBlockBytes(BLOCK);
    assert.deepEqual(serve(uploads, 2), ['ann 2:100+100', 'bob 3:100+100']);
    assert.throws(() => uploads.setBlockBytes(0), RangeError);
  });

  it('has one block on the way to a peer, until it is writable again', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    assert.equal(uploads.next()?.peer, 'ann');
    assert.equal(uploads.next(), undefined);
    uploads.enqueue('bob', request(2, 300));
    assert.equal(uploads.next()?.peer, 'bob');
    uploads.setWritable('ann', true);
    uploads.setWritable('ann', true);
    assert.equal(uploads.next()?.offset, 100);
    assert.equal(uploads.next(), undefined);
  });

  it('passes over a peer that cannot be written to', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 100));
    uploads.enqueue('bob', request(2, 100));
    uploads.setWritable('ann', false);
    assert.deepEqual(serve(uploads), ['bob 2:0+100']);
    uploads.setWritable('ann', true);
    assert.deepEqual(serve(uploads), ['ann 1:0+100']);
  });

  it('refuses what a full queue cannot take, and strangers', () => {
    const uploads = scheduler('ann');
    for (let piece = 0; piece < 8; piece++) assert.equal(uploads.enqueue('ann', request(piece, 10)), true);
    assert.equal(uploads.enqueue('ann', request(8, 10)), false);
    assert.equal(uploads.queued('ann'), 8);
    uploads.next();
    assert.equal(uploads.enqueue('ann', request(8, 10)), true);
    assert.equal(uploads.enqueue('eve', request(0, 10)), false);
    assert.equal(new UploadScheduler().enqueue('ann', request(0, 10)), false);
  });

  it('takes 128 requests and sends 128 KiB at a time by default', () => {
    const uploads = new UploadScheduler<string>();
    uploads.add('ann');
    let taken = 0;
    while (uploads.enqueue('ann', request(taken, 524_288))) taken += 1;
    assert.equal(taken, 128);
    assert.equal(uploads.next()?.length, 131_072);
  });

  it('refuses what makes no sense', () => {
    assert.throws(() => scheduler('ann', 'ann'), /added before/);
    assert.throws(() => scheduler('ann').enqueue('ann', request(0, 0)), RangeError);
    assert.throws(() => scheduler('ann').enqueue('ann', request(0, NaN)), RangeError);
    assert.throws(() => new UploadScheduler({ blockBytes: 0 }), /blockBytes/);
    assert.throws(() => new UploadScheduler({ maxQueued: NaN }), /maxQueued/);
  });

  it('cancels one request, begun or not', () => {
    const uploads = scheduler('ann');
    for (const piece of [1, 2, 3]) uploads.enqueue('ann', request(piece, 150));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+100']);
    assert.equal(uploads.cancel('ann', request(1, 150)), true);
    assert.equal(uploads.cancel('ann', request(3, 150)), true);
    assert.equal(uploads.cancel('ann', request(3, 150)), false);
    assert.equal(uploads.cancel('ann', request(2, 151)), false);
    assert.equal(uploads.cancel('eve', request(2, 150)), false);
    assert.deepEqual(serve(uploads), ['ann 2:0+100', 'ann 2:100+50']);
  });

  it('ends a turn that has too little left for what comes after a cancelled request', () => {
    const uploads = scheduler('ann', 'bob');
    for (const length of [25, 26, 100]) uploads.enqueue('ann', request(1, length));
    uploads.enqueue('bob', request(2, 100));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+25']);
    uploads.cancel('ann', request(1, 26));
    assert.deepEqual(serve(uploads), ['bob 2:0+100', 'ann 1:0+100']);
  });

  it('keeps no turn for a peer that wants nothing more', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 25));
    uploads.enqueue('bob', request(2, 100));
    assert.deepEqual(serve(uploads, 1), ['ann 1:0+25']);
    uploads.enqueue('ann', request(3, 25));
    assert.deepEqual(serve(uploads), ['bob 2:0+100', 'ann 3:0+25']);
  });

  it('cancels a channel, and leaves the others', () => {
    const uploads = scheduler('ann');
    for (const channel of [7, 8, 7]) uploads.enqueue('ann', request(channel, 150, { channel }));
    uploads.next();
    assert.equal(uploads.cancelChannel('ann', 7), 2);
    assert.equal(uploads.cancelChannel('ann', 7), 0);
    assert.equal(uploads.cancelChannel('eve', 7), 0);
    uploads.setWritable('ann', true);
    assert.deepEqual(serve(uploads), ['ann 8:0+100', 'ann 8:100+50']);
  });

  it('forgets a peer that left', () => {
    const uploads = scheduler('ann', 'bob');
    uploads.enqueue('ann', request(1, 300));
    uploads.enqueue('bob', request(2, 100));
    uploads.next();
    uploads.remove('ann');
    uploads.remove('ann');
    uploads.setWritable('ann', true);
    assert.deepEqual(serve(uploads), ['bob 2:0+100']);
    uploads.add('ann');
    assert.equal(uploads.queued('ann'), 0);
  });
});
