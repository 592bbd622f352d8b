import tseslint from 'typescript-eslint';

/** Imports run downwards only, room by room: what a room may not import, by its index or past it. */
function room(folder, forbidden) {
  const group = forbidden.map((name) => `**/${name}/**`);
  return {
    files: [`sdk/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message: 'Imports run downwards only.' }] }] },
  };
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'coverage/**', '**/*.js', '**/*.mjs'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
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
  room('program', ['protocol', 'disk', 'identity', 'transfer', 'engine', 'client', 'cli']),
  room('protocol', ['disk', 'identity', 'transfer', 'engine', 'client', 'cli']),
  room('disk', ['identity', 'transfer', 'engine', 'client', 'cli']),
  room('identity', ['disk', 'transfer', 'engine', 'client', 'cli']),
  room('transfer', ['disk', 'identity', 'engine', 'client', 'cli']),
  room('engine', ['client', 'cli']),
  room('client', ['transfer', 'cli']),
  room('cli', ['protocol', 'disk', 'identity', 'transfer', 'engine', 'client']),
);
