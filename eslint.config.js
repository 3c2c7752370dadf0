import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import { dirname, join, relative, sep } from 'node:path';
import tseslint from 'typescript-eslint';
import { impureGlobals, importRefusal, pureFiles, rooms } from './scripts/rooms.mjs';

/** The table of scripts/rooms.mjs as a rule, so that an editor shows a wrong import while it is being typed. */
const importDirection = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{ reason }} (scripts/rooms.mjs has the table)' } },
  create(context) {
    const pathOf = (file) =>
      relative(import.meta.dirname, file)
        .split(sep)
        .join('/');
    const check = (node, later) => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const target = join(dirname(context.filename), specifier).replace(/\.js$/, '.ts');
      const reason = importRefusal(pathOf(context.filename), pathOf(target), { later });
      if (reason) context.report({ node, messageId: 'refused', data: { reason } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, true),
    };
  },
};

const pureRooms = rooms.filter((room) => room.pure).map((room) => `src/${room.folder}/**/*.ts`);

const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'Export by name.' };
const whatPureCodeLacks = [
  { selector: ':function[async=true]', message: 'A pure room returns what is to be done; it never waits.' },
  { selector: 'AwaitExpression', message: 'A pure room never waits.' },
  { selector: 'ImportExpression', message: 'A pure room loads nothing.' },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Chance is handed in: take a Random.',
  },
];

export default defineConfig(
  globalIgnores(['dist*/', '.bench/', 'docs/api/', 'coverage/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { pinfold: { rules: { 'import-direction': importDirection } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    rules: {
      'pinfold/import-direction': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An async function without await is how a method of a promise-based interface turns a throw into a rejection.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'max-params': ['error', 4], // three, then an options object
      'no-restricted-syntax': ['error', noDefaultExport],
      'prefer-const': 'error',
    },
  },
  { files: ['src/**/*.ts'], rules: { 'no-console': 'error' } },
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: [...pureRooms, ...pureFiles],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-imports': ['error', { patterns: [{ regex: '^[^.]', message: 'A pure room imports only ours.' }] }],
      'no-restricted-syntax': ['error', noDefaultExport, ...whatPureCodeLacks],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        clearInterval: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        queueMicrotask: 'readonly',
        setInterval: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
);
