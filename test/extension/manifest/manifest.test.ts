import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { allOf, callsOf, EXTENSION, parseSource, parseSources } from '../words/source-files.js';
import {
  commands,
  commandsOf,
  configuration,
  contributed,
  keybindings,
  type Manifest,
  manifest,
  menus,
  properties,
  read,
  text,
  views,
} from './manifest-file.js';

/** The matches of a pattern in texts, without duplicates. */
function findAll(pattern: RegExp, ...texts: string[]): string[] {
  return [...new Set(texts.flatMap((one) => [...one.matchAll(pattern)].map(([, found]) => found ?? '')))].sort();
}

/** All values of a key in the manifest. */
function valuesOf(key: string, node: unknown = manifest): unknown[] {
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node as Record<string, unknown>).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...valuesOf(key, value),
  ]);
}

/** All literals in the sources that are names of Shoal: commands, views, context keys. */
function namesInSources(): Set<string> {
  const literals = parseSources().flatMap((source) => allOf(source, ts.isStringLiteralLike));
  return new Set(literals.map((literal) => literal.text).filter((one) => /^shoal\.[\w.]+$/.test(one)));
}

/** What `register.ts` and `start.ts` register. */
function registered(): string[] {
  const picked = callsOf(parseSource('commands/register.ts'), 'pick').flatMap((call) =>
    call.arguments.flatMap((argument) => allOf(argument, ts.isStringLiteral).map((name) => name.text)),
  );
  const more = callsOf(parseSource('start.ts'), 'registerCommands').flatMap(({ arguments: [, table] }) =>
    table && ts.isObjectLiteralExpression(table)
      ? table.properties.map(({ name }) => (name && ts.isIdentifier(name) ? name.text : 'no plain name'))
      : [],
  );
  return [...picked, ...more].map((name) => `shoal.${name}`);
}

describe('the manifest', () => {
  it('has every text in both languages, and no other', () => {
    const wanted = findAll(/"%([\w.]+)%"/g, text);
    assert.ok(wanted.length > 50);
    for (const name of ['package.nls.json', 'package.nls.de.json']) {
      const texts = JSON.parse(read(name)) as Record<string, string>;
      const missing = wanted.filter((key) => !texts[key]?.trim());
      const leftOver = Object.keys(texts).filter((key) => !wanted.includes(key));
      assert.deepEqual({ missing, leftOver }, { missing: [], leftOver: [] }, name);
    }
  });

  it('has the same links, settings and code in both languages', () => {
    const [english, german] = ['package.nls.json', 'package.nls.de.json'].map(
      (name) => JSON.parse(read(name)) as Record<string, string>,
    );
    for (const [key, value] of Object.entries(english ?? {})) {
      for (const pattern of [/\]\(([^)]*)\)/g, /`([^`]*)`/g])
        assert.deepEqual(findAll(pattern, german?.[key] ?? ''), findAll(pattern, value), key);
    }
  });

  it('names only existing commands', () => {
    const links = findAll(/\(command:([\w.]+)/g, read('package.nls.json'), read('package.nls.de.json'));
    const inMenus = [...Object.values(menus).flat(), ...keybindings].flatMap(commandsOf);
    assert.ok(links.length > 5);
    const unknown = [...links, ...inMenus].filter(
      (command) => !contributed.includes(command) && command !== 'list.select',
    );
    assert.deepEqual([...new Set(unknown)], []);
  });

  it('has each command once, and all of them are registered, and no other', () => {
    assert.equal(new Set(contributed).size, contributed.length);
    assert.deepEqual(registered().sort(), [...contributed].sort());
  });

  it('has the commands that the SDK names', () => {
    const house = [
      ...[
        'createUser',
        'login',
        'logout',
        'changePassword',
        'createGroup',
        'joinGroup',
        'leaveGroup',
        'listGroups',
        'listRequests',
      ],
      ...['acceptRequest', 'rejectRequest', 'listFiles', 'shareFile', 'downloadFile', 'downloads', 'stopShare'],
    ];
    assert.deepEqual(
      house.filter((name) => !contributed.includes(`shoal.${name}`)),
      [],
    );
  });

  it('uses only context keys that are set', () => {
    const clauses = ['when', 'enablement'].flatMap((key) => valuesOf(key)) as string[];
    const events = valuesOf('completionEvents').flat() as string[];
    const asked = findAll(/(shoal\.\w+)/g, ...clauses, ...events);
    const known = namesInSources();
    assert.ok(asked.length > 5);
    assert.deepEqual(
      asked.filter((name) => !known.has(name)),
      [],
    );
  });

  it('lets rows run commands whatever the context keys: a disabled command dims the row and ignores clicks', () => {
    const rows = ['views/group-items.ts', 'views/transfers-view.ts'].map(parseSource);
    const literals = rows.flatMap((source) => allOf(source, ts.isPropertyAssignment));
    const run = literals
      .filter(({ name }) => ts.isIdentifier(name) && name.text === 'command')
      .flatMap(({ initializer }) => allOf(initializer, ts.isStringLiteral).map(({ text }) => text))
      .filter((name) => name.startsWith('shoal.'));
    assert.ok(run.includes('shoal.openFile') && run.includes('shoal.revealFile'));
    const limited = commands.filter(({ command, enablement }) => run.includes(command) && enablement !== undefined);
    assert.deepEqual(limited, []);
  });

  it('has the names that the sources use', () => {
    const viewIds = Object.values(views)
      .flat()
      .map(({ id }) => id);
    const settings = Object.keys(properties);
    const source = parseSource('words/errors.ts');
    const offered = allOf(source, ts.isStringLiteral)
      .map((literal) => literal.text)
      .filter((one) => one.startsWith('shoal.'));
    assert.ok(offered.length > 3);
    assert.deepEqual(
      offered.filter((name) => ![...contributed, ...viewIds, ...settings].includes(name)),
      [],
    );
  });
});

describe('the settings', () => {
  const reads = callsOf(parseSource('editor/settings.ts'), 'read');

  it('are those that are read, and no other', () => {
    const names = reads.map(({ arguments: [name] }) => (name && ts.isStringLiteral(name) ? `shoal.${name.text}` : ''));
    assert.deepEqual([...new Set(names)].sort(), Object.keys(properties).sort());
  });

  it('have the defaults that the code uses', () => {
    const source = parseSource('editor/settings.ts');
    for (const { arguments: both } of reads) {
      const [name, fallback] = both.map((one) => one.getText(source));
      const key = `shoal.${name?.slice(1, -1)}`;
      assert.equal(fallback?.replaceAll("'", '"'), JSON.stringify(properties[key]?.default), key);
    }
  });

  it('apply to the machine, not to a workspace, if they decide where data goes', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    const guarded = Object.keys(properties).filter((name) =>
      /^shoal\.(tracker|downloadFolder|listen|advertise|connect|portMapping|host\..+|keepSharing)$/.test(name),
    );
    assert.equal(guarded.length, 10);
    for (const name of guarded) assert.equal(properties[name]?.scope, 'machine', name);
    assert.deepEqual([...restrictedConfigurations].sort(), guarded.sort());
  });

  it('are in sections, each with its own order', () => {
    for (const [index, { id, title, order, properties: some }] of configuration.entries()) {
      assert.deepEqual([title, order], [`%setting.section.${id.slice('shoal.'.length)}%`, index + 1]);
      const orders = Object.values(some).map((setting) => setting.order);
      assert.deepEqual(
        orders,
        orders.map((_order, at) => at + 1),
      );
    }
    const counted = configuration.flatMap((section) => Object.keys(section.properties));
    assert.equal(new Set(counted).size, counted.length);
  });

  it('have a unit for every number, in both languages', () => {
    for (const name of ['package.nls.json', 'package.nls.de.json']) {
      const texts = JSON.parse(read(name)) as Record<string, string>;
      for (const [key, { type, markdownDescription }] of Object.entries(properties)) {
        if (type !== 'integer' || key === 'shoal.host.port') continue;
        assert.match(texts[markdownDescription.slice(1, -1)] ?? '', /\*\*(KiB|MiB|[Dd]ownloads)/, `${name}: ${key}`);
      }
    }
  });

  it('have a default of their type', () => {
    for (const [name, setting] of Object.entries(properties))
      assert.equal(typeof setting.default, setting.type === 'integer' ? 'number' : setting.type, name);
  });
});

describe('the paths in the manifest', () => {
  it('have one place for code, questions and words, and a program that is built', () => {
    const { repository, bugs, homepage, scripts, preview, categories } = manifest;
    const base = repository.url.replace(/\.git$/, '');
    assert.match(base, /^https:\/\/[^/]+\/[^/]+\/[^/]+$/);
    assert.equal(bugs.url, `${base}/issues`);
    assert.ok(homepage.startsWith(`${base}/`) && homepage.includes(repository.directory));
    const root = JSON.parse(readFileSync(join(EXTENSION, '../package.json'), 'utf8')) as Manifest;
    for (const kind of ['blob', 'raw'])
      assert.ok(root.scripts.package?.includes(`${base}/${kind}/HEAD/${repository.directory}`), kind);
    assert.ok(preview && categories.length > 1);
    const [, program = ''] = /^node \.\/dist\/(\S+)$/.exec(scripts['vscode:uninstall'] ?? '') ?? [];
    assert.ok(readFileSync(join(EXTENSION, '../esbuild.mjs'), 'utf8').includes(`/${program}`));
  });

  it('exist', () => {
    const icons = valuesOf('icon').filter((icon): icon is string => typeof icon === 'string' && !icon.startsWith('$('));
    const media = ['svg', 'image', 'markdown'].flatMap((key) => valuesOf(key)) as string[];
    assert.ok(icons.length >= 3 && media.length >= 4);
    for (const name of [...icons, ...media]) assert.ok(existsSync(join(EXTENSION, name)), name);
    for (const icon of valuesOf('icon')) assert.match(String(icon), /^\$\([a-z-]+\)$|\.(svg|png)$/);
  });

  it('have the editor version of the used types', () => {
    const [, major, minor] =
      /^\^(\d+)\.(\d+)\.0$/.exec(manifest.engines.vscode) ?? assert.fail(manifest.engines.vscode);
    assert.match(manifest.devDependencies['@types/vscode'] ?? '', new RegExp(`^${major}\\.${minor}\\.\\d+$`));
  });
});
