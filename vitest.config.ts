import { availableParallelism } from 'node:os';
import { defineConfig, type TestUserConfig } from 'vitest/config';

/**
 * What all tests have in common. The files of a project share their workers, and with them the modules that were
 * imported before: what a file changes in its process (timers, environment, mocks), it sets back.
 */
const shared: TestUserConfig = {
  isolate: false,
  // Processes: the processor time that a test measures is its own.
  pool: 'forks',
  setupFiles: ['test/support/patience.ts', 'test/support/equality.ts'],
  expect: { poll: { timeout: 30_000 } },
  testTimeout: 120_000,
  hookTimeout: 120_000,
  unstubEnvs: true,
};
const processors = Math.max(availableParallelism(), 2);

/** Test files of units that need sockets, disks or other programs, and time: `npm test` runs them, `test:unit` does not. */
const slowUnits = [
  'test/unit/apiserver-http/{large-answers,session-watchdog,tls,tls-websocket,websocket-frames}.test.ts',
  'test/unit/controller/{set-up-files,set-up-script,steps,terms}.test.ts',
  'test/unit/manifests/{examples,uninstall}.test.ts',
  'test/unit/playground/cut-short.test.ts',
  'test/unit/server/serving-certificate*.test.ts',
  'test/unit/storage/{damage,inspection,lock,restore,write-cost}.test.ts',
  'test/unit/storage-etcd/{calls,fill,watch}.test.ts',
  'test/contract/etcd.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/{unit,contract}/**/*.test.ts'],
          exclude: slowUnits,
          maxWorkers: processors,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'server',
          include: ['test/{api,controller}/**/*.test.ts', ...slowUnits],
          maxWorkers: processors,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'program',
          include: ['test/{fault,program,guest-tools}/**/*.test.ts'],
          // They wait for other processes most of the time.
          maxWorkers: 2 * processors,
          sequence: { groupOrder: 0 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['**/*.gen.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
