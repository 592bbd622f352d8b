import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const VERSIONS = z.record(z.string(), z.string()).default({});
const MANIFEST = z.looseObject({
  version: z.string(),
  private: z.boolean().optional(),
  workspaces: z.array(z.string()).default([]),
  repository: z.object({ type: z.literal('git'), url: z.string(), directory: z.string() }).optional(),
  bugs: z.object({ url: z.url() }).optional(),
  homepage: z.url().optional(),
  keywords: z.array(z.string()).default([]),
  publishConfig: z.object({ access: z.string(), provenance: z.boolean() }).optional(),
  dependencies: VERSIONS,
  devDependencies: VERSIONS,
});

const manifestOf = (folder: string) =>
  MANIFEST.parse(JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')));

describe('the packages', () => {
  const { version, workspaces } = manifestOf('.');

  it('have one version, and depend on one another in it', () => {
    for (const folder of workspaces) {
      const { dependencies, devDependencies, ...manifest } = manifestOf(folder);
      assert.equal(manifest.version, version, folder);
      for (const [name, wanted] of Object.entries({ ...dependencies, ...devDependencies }))
        if (name.startsWith('@shoal/')) assert.equal(wanted, version, `${name} in ${folder}`);
    }
  });

  for (const folder of ['sdk', 'tracker', 'extension']) {
    it(`say where they come from and what they are for: ${folder}`, () => {
      const { repository, bugs, homepage, keywords } = manifestOf(folder);
      assert.equal(repository?.directory, folder);
      assert.ok(bugs && homepage?.includes(`/${folder}#`) && keywords.length > 3);
      assert.ok(existsSync(join(ROOT, folder, 'README.md')));
    });
  }

  it('are public with provenance where npm publishes them, and private otherwise', () => {
    for (const folder of workspaces) {
      const { publishConfig, private: isPrivate } = manifestOf(folder);
      const isPublished = folder === 'sdk' || folder === 'tracker';
      assert.deepEqual(publishConfig, isPublished ? { access: 'public', provenance: true } : undefined, folder);
      assert.equal(isPrivate ?? false, !isPublished, folder);
    }
  });
});
