import { defineConfig } from 'vitest/config';

/** Clients in several languages, built from source. The first time takes long, and needs the network for their libraries. */
export default defineConfig({
  test: {
    include: ['test/clients/**/*.test.ts'],
    globalSetup: ['test/e2e/support/setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 180_000,
    pool: 'forks',
    // They stop the server that all of them use.
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
