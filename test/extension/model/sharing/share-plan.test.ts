import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SurveyItem } from '../../../../extension/contract/contract.js';
import { planQuestion, secretQuestion, selectionTitle } from '../../../../extension/model/presenters/present-plan.js';
import { SharePlan } from '../../../../extension/model/sharing/share-plan.js';

const NONE = { skipped: 0, problem: null, entries: [], secrets: [] };

function folder(path: string, more: Partial<SurveyItem> = {}): SurveyItem {
  const entries = more.entries ?? [
    { name: 'a.txt', isFolder: false, files: 1, bytes: 10 },
    { name: 'node_modules', isFolder: true, files: 900, bytes: 9000 },
    { name: 'src', isFolder: true, files: 5, bytes: 500 },
  ];
  const [files, bytes] = [
    entries.reduce((sum, one) => sum + one.files, 0),
    entries.reduce((sum, one) => sum + one.bytes, 0),
  ];
  return { ...NONE, path, isFolder: true, files, bytes, ...more, entries };
}

const file = (path: string, bytes = 10): SurveyItem => ({ ...NONE, path, isFolder: false, files: 1, bytes });
const secret = (place: string) => ({ place, bytes: 7, kind: 'environment' as const });
const planOf = (...items: SurveyItem[]) => new SharePlan({ items, isWhole: true });
const place = { groupId: 'lab', members: 5, workspace: ['/w/project'] };

describe('the plan of a share', () => {
  it('contains all of a folder except what looks like secrets, by its entries', () => {
    const plan = planOf(folder('/w/project', { secrets: [secret('.env'), secret('src/.env')] }));
    assert.deepEqual(plan.select(plan.byDefault()), {
      orders: [{ path: '/w/project', isFolder: true, omit: ['.env', 'src/.env'] }],
      ...{ files: 906, bytes: 9510 },
    });
    const some = new Set(['/w/project/src', '/w/project/src/.env']);
    assert.deepEqual(plan.select(some), {
      orders: [{ path: '/w/project', isFolder: true, omit: ['a.txt', 'node_modules', '.env'] }],
      ...{ files: 6, bytes: 507 },
    });
    const { files, orders } = plan.select(new Set(['/w/project/a.txt', '/w/project/src/.env']));
    assert.equal(files, 1, 'what is in a folder that is left out is left out with it');
    assert.deepEqual(orders[0]?.omit, ['node_modules', 'src', '.env']);
  });

  it('contains nothing of a file that looks like secrets by default, and the file if it is chosen', () => {
    const plan = planOf({ ...file('/w/.env', 0), files: 0, secrets: [secret('')] });
    assert.deepEqual(plan.select(plan.byDefault()), { orders: [], files: 0, bytes: 0 });
    assert.deepEqual(plan.select(plan.everything()), {
      orders: [{ path: '/w/.env', isFolder: false, omit: [] }],
      ...{ files: 1, bytes: 7 },
    });
  });

  it('contains several files and folders, each as a whole or not at all', () => {
    const plan = planOf(file('/w/a'), folder('/w/src', { secrets: [secret('.env')] }), file('/w/b'));
    assert.deepEqual(plan.select(new Set(['/w/a', '/w/src'])), {
      orders: [
        { path: '/w/a', isFolder: false, omit: [] },
        { path: '/w/src', isFolder: true, omit: ['.env'] },
      ],
      ...{ files: 907, bytes: 9520 },
    });
  });

  it('lists what cannot be shared separately', () => {
    const broken = { ...file('/w/gone'), files: 0, problem: { code: 'PATH_NOT_FOUND', message: 'gone' } };
    const plan = planOf(broken, file('/w/a'));
    assert.deepEqual(plan.broken, [broken]);
    assert.equal(plan.single?.path, '/w/a');
  });

  it('never contains a file with secrets that was not chosen', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'src', 'src2'), { minLength: 1 });
    const places = fc.uniqueArray(fc.constantFrom('.env', 'a/.env', 'src/.env', 'src/x/key.pem', 'src2/.env'));
    fc.assert(
      fc.property(names, places, fc.func(fc.boolean()), (entries, secrets, isTaken) => {
        const plan = planOf(
          folder('/w', {
            entries: entries.map((name) => ({ name, isFolder: true, files: 2, bytes: 20 })),
            secrets: secrets.map(secret),
          }),
        );
        const ids = new Set(plan.parts.map(({ id }) => id).filter((id) => isTaken(id)));
        const { orders, files } = plan.select(ids);
        const isOmitted = (at: string) =>
          orders.length === 0 || (orders[0]?.omit ?? []).some((out) => at === out || at.startsWith(`${out}/`));
        for (const at of secrets) if (!ids.has(`/w/${at}`)) assert.ok(isOmitted(at), at);
        const kept = entries.filter((name) => !isOmitted(name)).length * 2;
        assert.equal(files, kept + secrets.filter((at) => !isOmitted(at)).length);
      }),
    );
  });
});

describe('the question before a share', () => {
  it('shows group, count and size, a whole workspace, and what is left out', () => {
    const plan = planOf(
      folder('/w/project', { secrets: [secret('.env'), { ...secret('src/k'), kind: 'content', rule: 'github' }] }),
    );
    const { text, detail } = planQuestion(plan, plan.select(plan.byDefault()), place);
    assert.equal(text, 'Share the folder project in lab: 906 files, 9.29 KiB?');
    for (const part of [
      'Keep Up to Date shares later',
      'whole folder of the workspace',
      'All 5 members of lab',
      'node_modules: 900 files',
    ])
      assert.ok(detail.includes(part), detail);
    assert.ok(detail.includes('• .env: environment settings'));
    assert.ok(detail.includes('• src/k: a secret in its text (github)'));
  });

  it('names a few secrets, and counts the rest', () => {
    const secrets = Array.from({ length: 40 }, (_none, index) => secret(`${index}.env`));
    const plan = planOf(folder('/w/project', { secrets }));
    const { detail } = planQuestion(plan, plan.select(plan.byDefault()), { ...place, members: 1, workspace: [] });
    assert.equal(detail.match(/^• /gm)?.length, 7);
    assert.ok(detail.includes('• and 34 more'));
    assert.ok(!detail.includes('workspace'));
  });

  it('names a single file, and counts several', () => {
    const one = planOf(file('/w/a.txt', 2048));
    assert.equal(planQuestion(one, one.select(one.byDefault()), place).text, 'Share a.txt, 2 KiB, in lab?');
    const two = planOf(file('/w/a'), file('/w/b'));
    assert.equal(planQuestion(two, two.select(two.byDefault()), place).text, 'Share 2 files, 20 bytes, in lab?');
    assert.equal(selectionTitle(two.select(two.byDefault()), 'lab'), 'Share in lab: 2 files, 20 bytes');
    const env = planOf({ ...file('/w/.env', 0), files: 0, secrets: [secret('')] });
    const { text, detail } = secretQuestion(env, place);
    assert.equal(text, '.env looks like a file with secrets. Share it in lab anyway?');
    assert.ok(detail.includes('environment settings'));
  });
});
