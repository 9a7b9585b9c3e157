import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { defineConfig, type TestUserConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, most of the time waiting; the longest of each project first. */
const longest = [
  'test/fault/program-kill.test.ts',
  'test/fault/linearizable.test.ts',
  'test/program/kubectl.test.ts',
  'test/fault/etcd-netns.test.ts',
  'test/program/storage.test.ts',
  'test/fault/etcd-access.test.ts',
  'test/fault/etcd-network.test.ts',
  'test/fault/etcd-disk.test.ts',
  'test/program/serve-etcd.test.ts',
  'test/fault/event-loop.test.ts',
  'test/fault/etcd-members.test.ts',
  'test/program/terminal.test.ts',
  'test/fault/program-start.test.ts',
  'test/guest-tools/python.test.ts',
  'test/fault/program-full.test.ts',
  'test/program/docs.test.ts',
  'test/program/stop.test.ts',
  'test/program/catalog.test.ts',
  'test/unit/controller/upgrade-script.test.ts',
  'test/api/hostile-natives.test.ts',
  'test/contract/etcd.test.ts',
  'test/controller/crash.test.ts',
];
const projectOrder = ['fault', 'program', 'server', 'unit'];

/**
 * What waits for others begins first; what needs the processor fills the gaps and comes last. The files of a project are
 * together: a worker ends when the next file belongs to another one, and the new one loads everything again.
 */
class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const at = longest.indexOf(relative(import.meta.dirname, moduleId));
      return projectOrder.indexOf(project.name) * (longest.length + 1) + (at === -1 ? longest.length : at);
    };
    return Promise.resolve(files.toSorted((one, other) => rank(one) - rank(other)));
  }
}

/** Twice the processors: many tests wait for other processes most of the time. */
const maxWorkers = 2 * Math.max(availableParallelism(), 2);

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
  maxWorkers,
};

/** Tests that start the program some hundred times. It is compiled once. */
const withProgram: TestUserConfig = {
  ...shared,
  env: { NODE_COMPILE_CACHE: resolve('node_modules/.cache/compiled') },
};

/** Node.js takes the types away by itself since 22.18, and loads modules in less time than Vite. */
const readsTypeScript = 'typescript' in process.features && process.features.typescript === 'strip';

/** Test files of units that need sockets, disks or other programs, and time: `npm test` runs them, `test:unit` does not. */
const slowUnits = [
  'test/unit/apiserver-http/{large-answers,session-watchdog,tls,tls-websocket,websocket-frames}.test.ts',
  'test/unit/controller/{set-up-files,set-up-package,set-up-script,steps,terms,upgrade-script}.test.ts',
  'test/unit/manifests/{chart-uninstall,examples,uninstall}.test.ts',
  'test/unit/playground/cut-short.test.ts',
  'test/unit/server/serving-certificate*.test.ts',
  'test/unit/storage/{damage,inspection,lock,restore,write-cost}.test.ts',
  'test/unit/storage-etcd/{calls,fill,reads,watch}.test.ts',
  'test/contract/etcd.test.ts',
];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          // Without the loader there is no vi.mock(), which would fail in shared workers anyway.
          experimental: { viteModuleRunner: !readsTypeScript, nodeLoader: false },
          include: ['test/{unit,contract}/**/*.test.ts'],
          exclude: slowUnits,
        },
      },
      {
        test: {
          ...shared,
          name: 'server',
          include: ['test/{api,controller}/**/*.test.ts', ...slowUnits],
        },
      },
      {
        test: { ...withProgram, name: 'program', include: ['test/{program,guest-tools}/**/*.test.ts'] },
      },
      {
        // What breaks processes, disks and networks on purpose takes minutes: `npm run test:fault`.
        test: { ...withProgram, name: 'fault', include: ['test/fault/**/*.test.ts'] },
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
