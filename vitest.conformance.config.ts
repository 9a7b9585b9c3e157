import { defineConfig } from 'vitest/config';

/**
 * What is compared with Kubernetes' own code, which needs Go, and at the first time the network for Go's modules, and with
 * the servers of the cluster that KUBECONFIG names.
 */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    testTimeout: 1_200_000,
    hookTimeout: 600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
