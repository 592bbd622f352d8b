import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fromHome } from '../../../sdk/cli/paths.js';

describe('a path as typed', () => {
  it('is made absolute, from the home folder where it begins with ~', () => {
    assert.equal(fromHome('x.txt'), resolve('x.txt'));
    assert.equal(fromHome('/a/../b'), resolve('/b'));
    assert.equal(fromHome('~'), homedir());
    assert.equal(fromHome('~/x.txt'), join(homedir(), 'x.txt'));
    assert.equal(fromHome('~x.txt'), resolve('~x.txt'));
  });

  it('ends as a folder when it was typed so', () => {
    assert.equal(fromHome('/a/b/'), `${resolve('/a/b')}/`);
    assert.equal(fromHome('~/'), `${homedir()}/`);
  });
});
