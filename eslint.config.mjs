import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Clock, random, transport, output and environment have one home each; everywhere else they are injected. */
const injectedGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
    name,
    message: 'Use the injected Clock.',
  })),
  { name: 'fetch', message: 'Use the injected Transport.' },
];
/** Who may import whom: arrows go downwards only. Tests may also start real servers with the tools. */
const boundaries = (testsMayUse = []) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allow: [],
    depConstraints: [
      { sourceTag: 'type:sdk', onlyDependOnLibsWithTags: ['type:sdk', ...testsMayUse] },
      { sourceTag: 'type:crd-kit', onlyDependOnLibsWithTags: [...testsMayUse] },
      { sourceTag: 'type:api', onlyDependOnLibsWithTags: ['type:crd-kit', 'type:api', ...testsMayUse] },
      { sourceTag: 'type:object-store', onlyDependOnLibsWithTags: ['type:sdk', 'type:api', ...testsMayUse] },
      { sourceTag: 'type:etcd', onlyDependOnLibsWithTags: ['type:sdk', ...testsMayUse] },
      { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:sdk', 'type:crd-kit', ...testsMayUse] },
      {
        sourceTag: 'type:agent',
        onlyDependOnLibsWithTags: ['type:sdk', 'type:api', 'type:object-store', 'type:etcd', ...testsMayUse],
      },
      {
        sourceTag: 'type:operator',
        onlyDependOnLibsWithTags: ['type:sdk', 'type:api', 'type:object-store', 'type:etcd', ...testsMayUse],
      },
      { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:tool', 'type:crd-kit', 'type:api'] },
      // It measures the SDK from outside and carries an operator of its own.
      { sourceTag: 'type:bench', onlyDependOnLibsWithTags: ['type:tool', 'type:sdk'] },
      {
        sourceTag: 'type:example',
        onlyDependOnLibsWithTags: ['type:sdk', 'type:crd-kit', ...testsMayUse],
      },
      {
        sourceTag: 'type:chart',
        onlyDependOnLibsWithTags: ['type:tool', 'type:crd-kit', 'type:api', 'type:operator'],
      },
      {
        sourceTag: 'type:e2e',
        onlyDependOnLibsWithTags: ['type:tool', 'type:sdk', 'type:api', 'type:etcd', 'type:testing'],
      },
      { sourceTag: 'scope:postgres', onlyDependOnLibsWithTags: ['scope:postgres', 'scope:shared'] },
      { sourceTag: 'scope:etcd', onlyDependOnLibsWithTags: ['scope:etcd', 'scope:shared'] },
      { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
    ],
  },
];
const forbiddenSyntax = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
];
const injectedProperties = [
  { object: 'Date', property: 'now', message: 'Use the injected Clock.' },
  { object: 'performance', property: 'now', message: 'Use the injected Clock.' },
  { object: 'Math', property: 'random', message: 'Use the injected Random.' },
  { object: 'process', property: 'env', message: 'Only composition roots (main.ts) read the environment.' },
  { object: 'process', property: 'exit', message: 'Only composition roots (main.ts) end the process.' },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/out-tsc/**',
      '**/node_modules/**',
      '**/.nx/**',
      '**/.cache/**',
      '**/*.mjs',
      '**/*.cjs',
    ],
  },
  { plugins: { '@nx': nx } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(),
      'no-restricted-globals': ['error', ...injectedGlobals],
      'no-restricted-properties': ['error', ...injectedProperties],
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Objects here are closures: their methods have no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...forbiddenSyntax],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...forbiddenSyntax,
        {
          selector: "ImportDeclaration[source.value='node:http'][importKind!='type']",
          message:
            "It loads Node's second HTTP client, 12 MB: `import type` for types, process.getBuiltinModule('node:http') for the rest.",
        },
      ],
    },
  },
  {
    // The one home of time and randomness, the composition roots, and command-line tools and tests.
    files: [
      'packages/reconcile-sdk/src/clock/**',
      '**/main.ts',
      'tools/**',
      'e2e/**',
      '**/*.spec.ts',
      '**/test/**',
      '**/bench/**',
      '**/src/testing/**',
    ],
    rules: {
      '@nx/enforce-module-boundaries': boundaries(['type:tool', 'type:testing']),
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      'no-console': 'off',
    },
  },
);
