import assert from 'node:assert/strict';
import { defaultDataDir } from '../../../sdk/cli/data-dir.js';

describe('the default data folder', () => {
  it('is where each platform keeps a user’s data', () => {
    assert.equal(defaultDataDir('linux', {}, '/home/ada'), '/home/ada/.local/share/shoal');
    assert.equal(defaultDataDir('linux', { XDG_DATA_HOME: '/data' }, '/home/ada'), '/data/shoal');
    assert.equal(defaultDataDir('linux', { XDG_DATA_HOME: 'relative' }, '/home/ada'), '/home/ada/.local/share/shoal');
    assert.equal(defaultDataDir('darwin', {}, '/Users/ada'), '/Users/ada/Library/Application Support/shoal');
    assert.equal(defaultDataDir('win32', { LOCALAPPDATA: 'D:\\App' }, 'C:\\Users\\ada'), 'D:\\App\\shoal');
    assert.equal(defaultDataDir('win32', {}, 'C:\\Users\\ada'), 'C:\\Users\\ada\\AppData\\Local\\shoal');
  });
});
