import { defineConfig } from 'vitest/config';

/** What needs neither the built program nor a cluster, and no real waiting. */
export default defineConfig({
  test: {
    include: ['test/{unit,contract}/**/*.test.ts'],
    setupFiles: ['test/support/patience.ts'],
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 120_000,
    pool: 'threads',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['**/*.gen.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
