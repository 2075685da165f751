import preset from '../jest.preset.mjs';

/** Suites with real pods: in order, in one process, each test with a deadline of its own. */
export default {
  ...preset,
  displayName: 'e2e',
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/src/suites/**/*.e2e.ts'],
  maxWorkers: 1,
};
