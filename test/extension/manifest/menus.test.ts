import assert from 'node:assert/strict';
import ts from 'typescript';
import { presentFolder, presentFolderDownload } from '../../../extension/model/presenters/present-folders.js';
import {
  presentFile,
  presentGroup,
  presentOthers,
  presentRequest,
} from '../../../extension/model/presenters/present-groups.js';
import { presentDownload, presentUpload } from '../../../extension/model/presenters/present-transfers.js';
import { IN_TITLES } from '../../../extension/model/tree/selection.js';
import { download, FOLDER_STATES, file, folderDownload, group, STATES, share, upload } from '../model/records.js';
import { allOf, parseSources } from '../words/source-files.js';
import { commands, commandsOf, type MenuItem, menus, read } from './manifest-file.js';

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
    [
      undefined,
      ...(['available', 'edited', 'behind'] as const).map((name) => share({ state: { name, sinceMs: 0 } })),
    ].flatMap((mine) =>
      ['me', 'ann'].flatMap((sharedBy) =>
        [0, 1].map((completeSources) => {
          const row = file('a', { sharedBy, completeSources });
          return presentFile(row, { share: mine, download: one, userId: 'me' }).contextValue;
        }),
      ),
    ),
  );
  const folders = [undefined, ...FOLDER_STATES.map((state) => folderDownload({ state }))].flatMap((one) =>
    [0, 1, 2].flatMap((sharedFiles) =>
      [undefined, false, true].map((watch) => {
        const share = watch === undefined ? undefined : { path: '/a', watch };
        return presentFolder('a', { files: 2, bytes: 3 }, { sharedFiles, download: one, share }).contextValue;
      }),
    ),
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

/** Whether one clause is true: `a == b`, `a != b`, `a =~ /b/`, `a in b`, `a`, `!a`. Keys that a test does not set are true. */
function holds(clause: string, keys: Readonly<Record<string, string | boolean>>): boolean {
  const [, isNot, key = '', operator, value = ''] =
    /^(!?)([\w.]+)(?: (==|!=|=~|in) (.+))?$/.exec(clause.trim()) ?? assert.fail(`Not understood: ${clause}`);
  const actual = keys[key];
  if (actual === undefined) return true;
  if (operator === 'in')
    return String(keys[value] ?? '')
      .split(/[ ,]/)
      .includes(String(actual));
  if (operator === undefined) return Boolean(actual) !== (isNot === '!');
  if (operator === '=~') return new RegExp(value.slice(1, -1)).test(String(actual));
  return (String(actual) === value) === (operator === '==');
}

function isShown({ when = '' }: MenuItem, keys: Readonly<Record<string, string | boolean>>): boolean {
  return when === '' || when.split('&&').every((clause) => holds(clause, keys));
}

describe('the menus', () => {
  const SITUATIONS = ['noTracker', 'connecting', 'offline', 'signedOut', 'signedIn'];

  it('of files have no entry before a tracker is set, and then one', () => {
    for (const place of ['explorer/context', 'editor/title/context', 'editor/title']) {
      for (const situation of ['', ...SITUATIONS]) {
        for (const isMember of [true, false]) {
          const keys = {
            ...{ resourceScheme: 'file', 'shoal.situation': situation, 'shoal.isMember': isMember },
            isInDiffEditor: false,
            ...{ resourcePath: '/home/me/a', 'shoal.editedPaths': '/home/me/b' },
          };
          const shown = (menus[place] ?? []).filter((item) => isShown(item, keys));
          const isWanted =
            place === 'editor/title' ? situation === 'signedIn' && isMember : !/^(noTracker)?$/.test(situation);
          assert.equal(shown.length, isWanted ? 1 : 0, `${place}, ${situation}, ${isMember}`);
        }
      }
    }
  });

  it('of a comparison have the ways out of a conflict, and only there', () => {
    for (const path of ['/a', '/b']) {
      const keys = {
        ...{ resourceScheme: 'vscode', isInDiffEditor: true, resourcePath: path },
        'shoal.conflicts': '/a',
      };
      const shown = (menus['editor/title'] ?? []).filter((item) => isShown(item, keys)).flatMap(commandsOf);
      assert.deepEqual(shown, path === '/a' ? ['shoal.publishMine', 'shoal.takeTheirs'] : []);
    }
  });

  it('of files have a comparison for those that differ from the group', () => {
    for (const place of ['explorer/context', 'editor/title/context', 'editor/title']) {
      const shown = (paths: string) => {
        const keys = { resourceScheme: 'file', resourcePath: '/home/me/a', 'shoal.editedPaths': paths };
        return (menus[place] ?? []).filter((item) => isShown(item, keys)).map(({ command }) => command);
      };
      assert.ok(shown('/home/me/b,/home/me/a').includes('shoal.compareShared'), place);
      assert.ok(!shown('/home/me/b').includes('shoal.compareShared'), place);
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
      ...['limitDownload', 'setPriority', 'publishWithNote', 'restoreMine', 'askBeforePublishing'],
      ...['listVersions', 'removeFile', 'downloadPart'],
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

  it('of the titles of views have the commands that are called without a row', () => {
    const inTitles = new Set((menus['view/title'] ?? []).flatMap(commandsOf));
    assert.deepEqual(new Set([...IN_TITLES].map((name) => `shoal.${name}`)), inTitles);
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
