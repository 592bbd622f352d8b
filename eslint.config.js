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
/** The folders of a room, from the lowest. What stands at a room's root composes them, but for the types that all of them speak. */
const FOLDERS = {
  transfer: ['download', 'upload'],
  engine: [
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
  client: [
    'util',
    'api',
    'local',
    'tracker',
    'network',
    'session',
    'versions',
    'kept',
    'shares',
    'transfers',
    'downloads',
    'folders',
  ],
};
const SHARED_AT_ROOT = {
  transfer: ['bitfield', 'rate-meter', 'interleave'],
  engine: ['messages', 'network-messages', 'progress'],
  client: [],
};

/** Imports run downwards only: what files may not import, by an index or past it. */
function downwards(files, patterns) {
  const restricted = patterns.map((group) => ({ group, message: 'Imports run downwards only.' }));
  return { files, rules: { 'no-restricted-imports': ['error', { patterns: restricted }] } };
}

function room(name) {
  const above = ROOMS.slice(ROOMS.indexOf(name) + 1);
  const rooms = [...above, ...(CLOSED[name] ?? [])].map((other) => `**/${other}/**`);
  const folders = FOLDERS[name] ?? [];
  const root = (SHARED_AT_ROOT[name] ?? []).map((file) => `!../${file}.js`);
  return [
    downwards([`sdk/${name}/**/*.ts`], [rooms]),
    ...folders.map((folder, index) => {
      const higher = folders.slice(index + 1).map((other) => `../${other}/**`);
      return downwards(
        [`sdk/${name}/${folder}/**/*.ts`],
        [
          [...rooms, ...higher],
          ['../*.js', ...root],
        ],
      );
    }),
  ];
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
  {
    files: ['tracker/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...MODULE_STATE.map((selector) => ({ selector, message: NO_MODULE_STATE }))],
    },
  },
);
