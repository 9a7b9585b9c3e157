import { defineConfig } from 'vitest/config';

/** What is compared with Kubernetes' own code and servers. Needs Go, and at the first time the network for Go's modules. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    testTimeout: 1_200_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
