import assert from 'node:assert/strict';
import * as z from 'zod';
import { MAX_PAGE_FILES, TRACKER_EVENTS, TRACKER_METHODS } from '../../../../sdk/protocol/index.js';

/** Where in a schema there are lists without a bound. */
function unbounded(schema: z.core.JSONSchema.BaseSchema, path: string): string[] {
  const found = schema.type === 'array' && schema.maxItems === undefined ? [path] : [];
  const inner = [...Object.entries(schema.properties ?? {}), ['items', schema.items] as const];
  for (const [name, one] of inner)
    if (typeof one === 'object' && !Array.isArray(one)) found.push(...unbounded(one, `${path}.${name}`));
  return found;
}

describe("the tracker's messages", () => {
  it('have a bound for every list', () => {
    const schemas: [string, z.ZodType][] = Object.entries(TRACKER_METHODS).flatMap(([name, { params, result }]) => [
      [`${name}.params`, params],
      [`${name}.result`, result],
    ]);
    for (const [name, schema] of [...schemas, ...Object.entries(TRACKER_EVENTS)])
      assert.deepEqual(unbounded(z.toJSONSchema(schema), name), []);
  });

  it('that hold too long a list are refused for that alone, before its items are looked at', () => {
    const files = Array.from({ length: MAX_PAGE_FILES + 1 }, () => 0);
    const { error } = TRACKER_METHODS.listFiles.result.safeParse({ files, next: null });
    assert.deepEqual(
      error?.issues.map(({ code }) => code),
      ['too_big'],
    );
  });
});
