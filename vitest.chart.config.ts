import { defineConfig } from 'vitest/config';

/** The Helm chart, with Helm built from source. What installs it uses the cluster that KUBECONFIG names. */
export default defineConfig({
  test: {
    include: ['test/chart/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 1_200_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
