// Three suites: unit (no engine), core (the main path on the real lab), full (slower, on the real lab).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // pure code and no mocked modules: files may share a worker, which halves the time
          pool: 'threads',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/core/**', 'test/full/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'core',
          include: ['test/core/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 1_500_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/full/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 1_500_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
