// One Jest configuration for every project: native ES modules, TypeScript stripped by swc,
// workspace packages resolved to their sources so that no build is needed before a test.
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@stateful/source', 'node', 'import', 'default'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
  testTimeout: 15_000,
  injectGlobals: false,
  passWithNoTests: true,
};
