import fc from 'fast-check';
import { MAX_TRACKER_MESSAGE_BYTES } from '../../sdk/protocol/index.js';
import { changed, cuts } from './mutations.js';
import { type FuzzInput, pick } from './target.js';

/** What is put where something else is expected. As text, for some of it no JavaScript object can hold. */
const SMALL = [
  ...['null', 'true', '-1', '0.5', '1e999', '-0', '9007199254740993', '1e-400', '""', '"\\u0000"', '"\\ud800"', '" "'],
  ...[
    '[]',
    '{}',
    '[[]]',
    '{"__proto__":{"isAdmin":true}}',
    '{"toString":1,"valueOf":2}',
    '{"then":1}',
    '{"length":-1}',
  ],
  ...['{"constructor":{"prototype":1}}', '"__proto__"', '"constructor"', '"toString"', '"../../etc/passwd"'],
  ...[`"${'a'.repeat(70)}"`, `"${'é'.repeat(300)}"`, `"${'\u202e'.repeat(3)}"`, `"${'e\u0301'.repeat(600)}"`],
] as const;

const LARGE = [
  `"${'x'.repeat(20_000)}"`,
  `${'['.repeat(2000)}${']'.repeat(2000)}`,
  `[${'0,'.repeat(3000)}0]`,
  `{${Array.from({ length: 500 }, (_none, index) => `"k${index}":{}`).join()}}`,
] as const;

/** The large ones are rare, for they are slow. */
const HOSTILE = [...Array.from({ length: 12 }, () => SMALL).flat(), ...LARGE];

const KEYS = ['__proto__', 'constructor', 'toString', 'then', 'error', 'result', 'id', 'jsonrpc', 'extra', ''];

/** How a piece of hostile JSON is marked in a value until it is written. */
const MARK = '\u0001hostile ';
const MARKED = /"\\u0001hostile (\d+)"/g;

/** Longer texts are cut: a socket takes no more. */
const MOST_BYTES = MAX_TRACKER_MESSAGE_BYTES;

type Step = readonly [kind: number, where: number, value: number];

const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(5), fc.nat(0xffff), fc.nat(0xffff));

/** Values of a pool with up to four changes in their structure, and in one of three up to three in their text. */
export function changedJson(pool: readonly unknown[]): fc.Arbitrary<FuzzInput> {
  const values = fc
    .tuple(fc.nat(0xffff), fc.nat(0xffff), fc.array(step, { maxLength: 4 }), cuts)
    .map(([index, other, steps, places]) => {
      let value = structuredClone(pick(pool, index));
      for (const one of steps) value = apply(value, pick(pool, other), one);
      return { bytes: Buffer.from(write(value)).subarray(0, MOST_BYTES), cuts: places };
    });
  const texts = pool.map((value) => ({ bytes: Buffer.from(JSON.stringify(value)), fields: [] }));
  return fc.oneof({ weight: 2, arbitrary: values }, { weight: 1, arbitrary: changed(texts, undefined, 3) });
}

function write(value: unknown): string {
  return (JSON.stringify(value) ?? '').replace(MARKED, (_all, index: string) => pick(HOSTILE, Number(index)));
}

type Container = Record<string, unknown> | unknown[];

function apply(root: unknown, donor: unknown, [kind, where, value]: Step): unknown {
  const containers: Container[] = [];
  collect(root, containers);
  if (containers.length === 0) return `${MARK}${value % HOSTILE.length}`;
  const container = pick(containers, where);
  const keys = Object.keys(container);
  const key = keys.length === 0 ? '0' : pick(keys, value);
  switch (kind) {
    case 0:
      set(container, key, `${MARK}${where % HOSTILE.length}`);
      return root;
    case 1:
      if (Array.isArray(container)) container.length = Math.max(0, container.length - 1);
      else Reflect.deleteProperty(container, key);
      return root;
    case 2:
      set(container, Array.isArray(container) ? key : pick(KEYS, where), `${MARK}${value % HOSTILE.length}`);
      return root;
    case 3: {
      const parts: Container[] = [];
      collect(donor, parts);
      set(container, key, parts.length === 0 ? donor : structuredClone(pick(parts, where)));
      return root;
    }
    case 4:
      if (Array.isArray(container) && value % 8 === 0) repeatFirst(container, where % 2000);
      return root;
    default:
      return Array.isArray(root) ? { ...root } : [root];
  }
}

/** Makes a list long, but not a list of long lists: these would have no end. */
function repeatFirst(list: unknown[], times: number): void {
  const [first] = list;
  if (JSON.stringify(first ?? null).length < 2000) for (let more = 0; more < times; more++) list.push(first ?? null);
}

function collect(value: unknown, into: Container[]): void {
  if (typeof value !== 'object' || value === null || into.length > 200) return;
  into.push(value as Container); // an object that is not null is either
  for (const inner of Object.values(value)) collect(inner, into);
}

function set(container: Container, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}
