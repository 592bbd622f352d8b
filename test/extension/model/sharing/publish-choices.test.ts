import assert from 'node:assert/strict';
import { PublishChoices } from '../../../../extension/model/sharing/publish-choices.js';

function memory() {
  const kept = new Map<string, unknown>();
  return {
    get: <T>(key: string, fallback: T): T => (kept.has(key) ? (kept.get(key) as T) : fallback),
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
}

describe('choices about publishing', () => {
  it('asks once a file and session', () => {
    const kept = memory();
    const choices = new PublishChoices(kept);
    assert.deepEqual(
      [choices.decide('ask', '/a'), choices.decide('ask', '/a'), choices.decide('ask', '/b')],
      ['ask', 'nothing', 'ask'],
    );
    assert.equal(new PublishChoices(kept).decide('ask', '/a'), 'ask');
  });

  it('publishes at every save if the setting or the file says so, and never if the setting does', async () => {
    const kept = memory();
    const choices = new PublishChoices(kept);
    assert.equal(choices.decide('always', '/a'), 'publish');
    await choices.publishAlways('/a');
    assert.equal(new PublishChoices(kept).decide('ask', '/a'), 'publish');
    assert.equal(choices.decide('never', '/a'), 'nothing');
    await choices.askAgain('/a');
    assert.equal(choices.decide('ask', '/a'), 'ask');
  });

  it('remembers the files that were chosen last', async () => {
    const choices = new PublishChoices(memory());
    for (let index = 0; index < 502; index++) await choices.publishAlways(`/${index}`);
    await choices.publishAlways('/2');
    assert.equal(choices.always.length, 500);
    assert.ok(!choices.always.includes('/1') && choices.always.at(-1) === '/2');
  });

  it('follows files that are renamed', async () => {
    const choices = new PublishChoices(memory());
    await choices.publishAlways('/a');
    choices.decide('ask', '/b');
    await choices.onMoved((path) => (path === '/other' ? undefined : `/new${path}`));
    assert.deepEqual(choices.always, ['/new/a']);
    assert.deepEqual([choices.decide('ask', '/new/b'), choices.decide('ask', '/b')], ['nothing', 'ask']);
  });
});
