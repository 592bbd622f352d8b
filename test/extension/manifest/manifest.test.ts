import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { presentFolder, presentFolderDownload } from '../../../extension/model/present-folders.js';
import { presentFile, presentGroup, presentOthers, presentRequest } from '../../../extension/model/present-groups.js';
import { presentDownload, presentUpload } from '../../../extension/model/present-transfers.js';
import { download, FOLDER_STATES, file, folderDownload, group, STATES, share, upload } from '../model/records.js';
import { allOf, callsOf, EXTENSION, parseSource, parseSources } from '../words/source-files.js';

interface MenuItem {
  readonly command: string;
  readonly args?: { readonly commands?: readonly (string | { readonly command: string })[] };
  readonly when?: string;
  readonly group?: string;
}

interface Setting {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly order: number;
  readonly markdownDescription: string;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly order: number;
  readonly properties: Readonly<Record<string, Setting>>;
}

interface Manifest {
  readonly categories: readonly string[];
  readonly preview: boolean;
  readonly repository: { readonly url: string; readonly directory: string };
  readonly bugs: { readonly url: string };
  readonly homepage: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly enablement?: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly keybindings: readonly MenuItem[];
    readonly configuration: readonly Section[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

function read(name: string): string {
  return readFileSync(join(EXTENSION, name), 'utf8');
}

const text = read('package.json');
const manifest = JSON.parse(text) as Manifest;
const { commands, menus, keybindings, configuration, views } = manifest.contributes;
const properties = Object.assign({}, ...configuration.map((section) => section.properties)) as Section['properties'];
const contributed = commands.map(({ command }) => command);

/** The commands of an item; a key may run several, one after the other. */
function commandsOf({ command, args }: MenuItem): string[] {
  if (command !== 'runCommands') return [command];
  return (args?.commands ?? []).map((one) => (typeof one === 'string' ? one : one.command));
}

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

/** The names of functions that take the selection: as `selected` after a row, or everything that a menu passes. */
function takingSelections(source: ts.SourceFile): string[] {
  const takes = (node: ts.SignatureDeclaration) => {
    const [, row, selected] = node.parameters;
    return (
      row?.dotDotDotToken !== undefined ||
      (selected?.name.getText(source) === 'selected' && node.parameters.length === 3)
    );
  };
  const functions = allOf(source, ts.isFunctionDeclaration).filter(takes);
  const inline = allOf(source, ts.isPropertyAssignment).filter(
    ({ initializer }) => ts.isArrowFunction(initializer) && takes(initializer),
  );
  const made = allOf(source, ts.isVariableDeclaration).filter(
    ({ initializer }) =>
      initializer && ts.isCallExpression(initializer) && initializer.expression.getText(source) === 'onDownloads',
  );
  return [...functions, ...inline, ...made].map(({ name }) => name?.getText(source) ?? '');
}

/** The tokens of rows, by view. */
function tokens(): Record<string, string[]> {
  const groups = (['owner', 'member', 'requested', 'none'] as const).map(
    (standing) => presentGroup(group('g', { standing }), 0).contextValue,
  );
  const downloads = [undefined, ...STATES.map((state) => download({ state }))];
  const files = downloads.flatMap((one) =>
    [undefined, share()].flatMap((mine) =>
      ['me', 'ann'].flatMap((sharedBy) =>
        [0, 1].map((completeSources) => {
          const row = file('a', { sharedBy, completeSources });
          return presentFile(row, { share: mine, download: one, userId: 'me' }).contextValue;
        }),
      ),
    ),
  );
  const folders = [undefined, ...FOLDER_STATES.map((state) => folderDownload({ state }))].flatMap((one) =>
    [0, 1, 2].map((sharedFiles) => {
      return presentFolder('a', { files: 2, bytes: 3 }, { sharedFiles, download: one }).contextValue;
    }),
  );
  return {
    'shoal.groups': [
      ...new Set([
        ...groups,
        presentOthers(2).contextValue,
        presentRequest('u', 'g').contextValue,
        ...folders,
        ...files,
      ]),
    ],
    'shoal.transfers': [
      ...STATES.map((state) => presentDownload(download({ state })).contextValue),
      ...FOLDER_STATES.map((state) => presentFolderDownload(folderDownload({ state })).contextValue),
      presentUpload(upload()).contextValue,
    ],
  };
}

/** Whether one clause is true: `a == b`, `a != b`, `a =~ /b/`, `a`, `!a`. Keys that a test does not set are true. */
function holds(clause: string, keys: Readonly<Record<string, string | boolean>>): boolean {
  const [, isNot, key = '', operator, value = ''] =
    /^(!?)([\w.]+)(?: (==|!=|=~) (.+))?$/.exec(clause.trim()) ?? assert.fail(`Not understood: ${clause}`);
  const actual = keys[key];
  if (actual === undefined) return true;
  if (operator === undefined) return Boolean(actual) !== (isNot === '!');
  if (operator === '=~') return new RegExp(value.slice(1, -1)).test(String(actual));
  return (String(actual) === value) === (operator === '==');
}

function isShown({ when = '' }: MenuItem, keys: Readonly<Record<string, string | boolean>>): boolean {
  return when === '' || when.split('&&').every((clause) => holds(clause, keys));
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
    assert.ok(run.includes('shoal.openFile') && run.includes('shoal.showDetails'));
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
      /^shoal\.(tracker|downloadFolder|listen|advertise|host\..+|keepSharing)$/.test(name),
    );
    assert.equal(guarded.length, 8);
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
        assert.match(texts[markdownDescription.slice(1, -1)] ?? '', /\*\*(KiB|[Dd]ownloads)/, `${name}: ${key}`);
      }
    }
  });

  it('have a default of their type', () => {
    for (const [name, setting] of Object.entries(properties))
      assert.equal(typeof setting.default, setting.type === 'integer' ? 'number' : setting.type, name);
  });
});

describe('the menus', () => {
  const SITUATIONS = ['noTracker', 'connecting', 'offline', 'signedOut', 'signedIn'];

  it('of files have no entry before a tracker is set, and then one', () => {
    for (const place of ['explorer/context', 'editor/title/context', 'editor/title']) {
      for (const situation of ['', ...SITUATIONS]) {
        for (const isMember of [true, false]) {
          const keys = { resourceScheme: 'file', 'shoal.situation': situation, 'shoal.isMember': isMember };
          const shown = (menus[place] ?? []).filter((item) => isShown(item, keys));
          const isWanted =
            place === 'editor/title' ? situation === 'signedIn' && isMember : !/^(noTracker)?$/.test(situation);
          assert.equal(shown.length, isWanted ? 1 : 0, `${place}, ${situation}, ${isMember}`);
        }
      }
    }
  });

  it('of rows and of the explorer pass the selection to commands that take it', () => {
    const places = ['view/item/context', 'explorer/context'].flatMap((place) => menus[place] ?? []);
    const names = new Set([...places.flatMap(commandsOf)].map((command) => command.replace('shoal.', '')));
    assert.ok(names.size > 20);
    const takers = new Set(parseSources().flatMap(takingSelections));
    assert.deepEqual(
      [...names].filter((name) => !takers.has(name)),
      [],
    );
  });

  it('end in dots only if the command asks something', () => {
    const titles = JSON.parse(read('package.nls.json')) as Record<string, string>;
    const german = JSON.parse(read('package.nls.de.json')) as Record<string, string>;
    const dotted = commands.filter(({ title }) => titles[title.slice(1, -1)]?.endsWith('…'));
    const asking = [
      ...['connectTracker', 'copyInvitation', 'createUser', 'login', 'changePassword', 'createGroup', 'leaveGroup'],
      ...['listRequests', 'removeMember', 'listFiles', 'shareFile', 'shareFolder', 'shareFileElsewhere'],
      ...['limitDownload', 'setPriority'],
    ];
    assert.deepEqual(dotted.map(({ command }) => command).sort(), asking.map((name) => `shoal.${name}`).sort());
    for (const { title } of commands) {
      const [one, other] = [titles, german].map((texts) => texts[title.slice(1, -1)]?.endsWith('…'));
      assert.equal(one, other, title);
    }
  });

  it('match only existing rows', () => {
    const rows = tokens();
    for (const item of menus['view/item/context'] ?? []) {
      const fitting = Object.entries(rows).flatMap(([view, some]) =>
        some.filter((viewItem) => isShown(item, { view, viewItem })),
      );
      assert.ok(fitting.length > 0, `${item.command}: ${item.when}`);
      for (const option of /\((.*)\)/.exec(item.when ?? '')?.[1]?.split('|') ?? [])
        assert.ok(
          fitting.some((token) => token.split(':').includes(option)),
          `${option} in ${item.when}`,
        );
    }
  });

  it('have at most three buttons in a row, and none twice', () => {
    for (const [view, some] of Object.entries(tokens())) {
      for (const viewItem of some) {
        const shown = (menus['view/item/context'] ?? []).filter((item) => isShown(item, { view, viewItem }));
        const [inline, others] = [true, false].map((isInline) =>
          shown.filter((item) => item.group?.startsWith('inline') === isInline).map(({ command }) => command),
        );
        assert.ok(inline && others);
        assert.ok(inline.length <= 3, `${viewItem}: ${inline.join()}`);
        for (const some of [inline, others])
          assert.equal(new Set(some).size, some.length, `${viewItem}: ${some.join()}`);
        // The menu gives keyboard access to the buttons.
        assert.deepEqual(
          inline.filter((command) => !others.includes(command)),
          [],
          viewItem,
        );
      }
    }
  });

  it('have at most three buttons in the title of a view', () => {
    for (const view of ['shoal.groups', 'shoal.transfers']) {
      for (const situation of SITUATIONS) {
        for (const isHosting of [true, false]) {
          const keys = { view, 'shoal.situation': situation, 'shoal.isHosting': isHosting };
          const buttons = (menus['view/title'] ?? []).filter(
            (item) => item.group?.startsWith('navigation') && isShown(item, keys),
          );
          assert.ok(buttons.length <= 3, `${view} ${situation}: ${buttons.map(({ command }) => command).join()}`);
        }
      }
    }
  });

  it('have an icon for every button', () => {
    const icons = new Map(commands.map((command) => [command.command, 'icon' in command]));
    for (const { command, group: place } of [...(menus['view/title'] ?? []), ...(menus['view/item/context'] ?? [])])
      if (/^(navigation|inline)/.test(place ?? '')) assert.ok(icons.get(command), command);
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
