import fc from 'fast-check';
import * as z from 'zod';

/** Strings of each key that mean something to whoever hears them, beside any that fit. */
export type Known = Readonly<Record<string, readonly string[]>>;

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Values that a schema takes: drawn from the schema itself, so that what is added to it is tested with it. */
export function valuesOf(schema: z.ZodType, known: Known = {}): fc.Arbitrary<unknown> {
  return fromSchema(z.toJSONSchema(schema) as JsonSchema, '', known); // the part of the standard that zod writes
}

function fromSchema(schema: JsonSchema, key: string, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => fromSchema(one, key, known)));
  switch (schema.type ?? 'any') {
    case 'object': {
      const members = Object.entries(schema.properties ?? {}).map(
        ([name, inner]) => [name, fromSchema(inner, name, known)] as const,
      );
      const record = fc.record(Object.fromEntries(members), { requiredKeys: [...(schema.required ?? [])] });
      return record.map((value) => ({ ...value }));
    }
    case 'array': {
      const items = fromSchema(schema.items ?? {}, key, known);
      return fc.array(items, { minLength: schema.minItems ?? 0, maxLength: Math.min(3, schema.maxItems ?? 3) });
    }
    case 'string': {
      const words = known[key];
      const text = schema.pattern ? matching(schema.pattern) : plain(schema);
      return words ? fc.oneof(fc.constantFrom(...words), text) : text;
    }
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 2 ** 31, 2 ** 40) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function plain({ minLength = 0, maxLength = 40 }: JsonSchema): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(12, maxLength) });
}

/** The two patterns that most strings have are drawn without reading them, which is slow for long strings. */
function matching(pattern: string): fc.Arbitrary<string> {
  if (pattern === '^[0-9a-f]{64}$') return fc.nat(255).map((byte) => byte.toString(16).padStart(2, '0').repeat(32));
  if (pattern === '^[A-Za-z0-9_-]+$')
    return fc.nat().map((value) => Buffer.from(`word ${value}`).toString('base64url'));
  return fc.stringMatching(new RegExp(pattern), { size: 'small' });
}
