import tseslint from 'typescript-eslint';

/** The SDK's rooms, from the lowest; a folder inside a room has the name of none. */
const ROOMS = ['program', 'protocol', 'disk', 'identity', 'reach', 'transfer', 'engine', 'client', 'cli'];
/** What a room may not import besides the rooms above it: only the engine speaks to the transfer logic, and programs know the API alone. */
const CLOSED = {
  disk: [],
  identity: ['disk'],
  reach: ['identity'],
  transfer: ['disk', 'identity', 'reach'],
  client: ['transfer'],
  cli: ['protocol', 'disk', 'identity', 'reach', 'transfer', 'engine', 'client'],
};
/** The folders of a folder, from the lowest. What stands at its root composes them, but for the types that all of them speak. */
const FOLDERS = {
  'sdk/protocol': ['names', 'addresses', 'frames', 'messages'],
  'sdk/reach': ['portmap'],
  'sdk/reach/portmap': ['router', 'pcp', 'upnp'],
  'sdk/transfer': ['download', 'upload'],
  'sdk/engine': [
    'util',
    'workers',
    'storage',
    'hashing',
    'transport',
    'ways',
    'peers',
    'uploads',
    'fetching',
    'downloads',
    'folders',
  ],
  'sdk/engine/storage': ['parts', 'disk-workers'],
  'sdk/client': [
    'util',
    'api',
    'library',
    'local',
    'tracker',
    'network',
    'session',
    'versions',
    'kept',
    'selection',
    'shares',
    'shared-folders',
    'transfers',
    'downloads',
    'folders',
  ],
  'sdk/client/library': ['records', 'tables', 'files'],
  'sdk/client/shares': ['serving', 'registration', 'watch', 'upkeep', 'intake'],
  'sdk/cli': ['texts', 'display', 'commands', 'terminal'],
  'tracker/server': ['budgets', 'outgoing', 'connections'],
  'tracker/store/sql': ['files', 'groups', 'schema'],
  'tracker/store/sql/schema': ['steps'],
  'tracker/swarm/redis': ['cluster', 'records', 'sources', 'events'],
  'extension/model': ['tree', 'trackers', 'news', 'downloads', 'sharing', 'presenters'],
  'extension/commands': ['accounts', 'downloads', 'sharing', 'versions'],
  'extension/details/webview': ['page', 'piece-map', 'speed', 'sources'],
};
const SHARED_AT_ROOT = {
  'sdk/protocol': ['limits', 'errors'],
  'sdk/transfer': ['bitfield', 'rate-meter', 'interleave'],
  'sdk/engine': ['messages', 'network-messages', 'progress'],
  'sdk/cli': ['client', 'command', 'paths'],
  'tracker/store/sql': ['group-queries', 'name-keys', 'tables', 'transact', 'words'],
  'tracker/store/sql/schema': ['schema-words'],
};

/** Imports run downwards only: what files may not import, by an index or past it. */
function downwards(files, patterns) {
  const restricted = patterns
    .filter((group) => group.length > 0)
    .map((group) => ({ group, message: 'Imports run downwards only.' }));
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: restricted }] } };
}

/** What files in a folder may not import: for its own place among its neighbours, and for that of each folder around it. */
function restrictions(path, up = '../') {
  const above = path.slice(0, path.lastIndexOf('/'));
  const neighbours = FOLDERS[above];
  if (!neighbours) return [];
  const name = path.slice(above.length + 1);
  const higher = neighbours.slice(neighbours.indexOf(name) + 1).map((other) => `${up}${other}/**`);
  const root = (SHARED_AT_ROOT[above] ?? []).map((file) => `!${up}${file}.js`);
  return [higher, [`${up}*.js`, ...root], ...restrictions(above, `../${up}`)];
}

function room(name) {
  const above = ROOMS.slice(ROOMS.indexOf(name) + 1);
  const rooms = [...above, ...(CLOSED[name] ?? [])].map((other) => `**/${other}/**`);
  return [downwards([`sdk/${name}/**/*.ts`], [rooms]), ...folders(`sdk/${name}`, [rooms])];
}

/** The rules for the folders of a folder, and for theirs. @param outer what none of them may import */
function folders(path, outer = []) {
  return (FOLDERS[path] ?? []).flatMap((name) => {
    const folder = `${path}/${name}`;
    return [downwards([`${folder}/**/*.ts`], [...outer, ...restrictions(folder)]), ...folders(folder, outer)];
  });
}

/** State that all trackers of a process would share. A set or a map that is typed as read-only is a constant. */
const MODULE_STATE = [
  ':matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind="let"]',
  ':matches(Program, ExportNamedDeclaration) > VariableDeclaration > VariableDeclarator:not([id.typeAnnotation.typeAnnotation.typeName.name=/^Readonly/]) > NewExpression[callee.name=/^(Weak)?(Map|Set)$/]',
];
const NO_MODULE_STATE = 'A tracker keeps its state in its objects: a process may run several.';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', '**/*.js', '**/*.mjs'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    // One program for all: with one for each package, types are checked several times.
    languageOptions: { parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  ...ROOMS.flatMap(room),
  ...Object.keys(FOLDERS).flatMap((path) => (path.startsWith('sdk/') ? [] : folders(path))),
  {
    files: ['tracker/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...MODULE_STATE.map((selector) => ({ selector, message: NO_MODULE_STATE }))],
    },
  },
);
