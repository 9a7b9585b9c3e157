import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/apps/**/*.test.ts'],
    globalSetup: ['test/e2e/support/setup.ts'],
    // Java starts on two cores that others use, too.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 180_000,
    pool: 'forks',
    // One application after the other: memory.
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
