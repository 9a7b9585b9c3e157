/** Helm 4: a chart with an app and a cluster. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, type Ended } from '../support/command.ts';
import { clusterOf, type Shown } from '../e2e/support/cluster.ts';
import { installation } from '../e2e/support/installation.ts';
import type { ClusterStatus } from '../e2e/support/samples.ts';
import { built, missingTools } from './support/program.ts';
import { helm } from './support/sources.ts';

const missing = missingTools(helm);
const cluster = clusterOf(installation());
const chart = join(import.meta.dirname, 'helm', 'chart');

describe.skipIf(missing !== undefined)(`Helm${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await built(helm);
  });

  describe.each([
    { name: 'by server-side apply', serverSide: true },
    { name: 'by patches of its own', serverSide: false },
  ])('$name', ({ serverSide }) => {
    let namespace: string;
    const home = join(installation().directory, 'helm');
    const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
    const mode = `--server-side=${serverSide}`;
    const waiting = ['--wait', '--timeout=60s'];

    beforeAll(async () => {
      namespace = await cluster.makeNamespace(`helm-${serverSide}`);
    });
    afterAll(async () => {
      await cluster.dropNamespaces(namespace);
    });

    const run = (...args: readonly string[]): Promise<Ended> =>
      command([...args, '--namespace', namespace], { executable: join(folder, 'helm'), env }).ended;
    const succeeds = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(...args);
      // Only what a change will do is said.
      expect(stderr.replace(/^\S+ \S+ +\d+ warnings.go:\d+\] "Warning: role worker: .*\n/gm, '')).toBe('');
      expect(code).toBe(0);
      return stdout;
    };
    const installed = async (): Promise<Shown & { readonly metadata: { readonly generation: number } }> => {
      const found = await cluster.read<Shown & { readonly metadata: { readonly generation: number } }>(
        ...['kdcluster', 'web', '-n', namespace],
      );
      if (found === undefined) throw new Error('there is no cluster "web"');
      return found;
    };
    const versions = async (): Promise<string> =>
      cluster.ok('get', 'kdapp,kdcluster', '-n', namespace, '-o=jsonpath={.items[*].metadata.resourceVersion}');
    const workers = async (): Promise<unknown> =>
      (await installed()).spec?.['roles'] instanceof Array
        ? ((await installed()).spec?.['roles'] as { members: number }[])[1]?.members
        : undefined;
    /** Of this generation. */
    const isReady = async (): Promise<boolean> => {
      const { status, metadata } = await installed();
      const { conditions = [] } = status as unknown as ClusterStatus;
      const ready = conditions.find(({ type }) => type === 'Ready') as { status: string; observedGeneration?: number };
      return ready.status === 'True' && ready.observedGeneration === metadata.generation;
    };

    it('installs, and waits until the cluster is Ready', async () => {
      expect(await succeeds('install', 'web', chart, mode, ...waiting)).toContain('STATUS: deployed');
      expect(await isReady()).toBe(true);
    });

    it('changes nothing when nothing has changed', async () => {
      const before = await versions();
      await succeeds('upgrade', 'web', chart, mode);
      await succeeds('upgrade', 'web', chart, ...waiting);
      expect(await versions()).toBe(before);
    });

    it('upgrades, and waits until the cluster is Ready again', async () => {
      await succeeds('upgrade', 'web', chart, mode, '--set=workers=2', ...waiting);
      expect(await workers()).toBe(2);
      expect(await isReady()).toBe(true);
    });

    it('refuses what the server refuses, with its reason, and stores nothing', async () => {
      const before = await versions();
      const { code, stderr } = await run('upgrade', 'web', chart, mode, '--set=workers=-1');
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/spec\.roles\[1\]\.members.*greater than or equal to 0/);
      expect(await versions()).toBe(before);
    });

    it('finds out what somebody else has changed', async () => {
      await cluster.ok('scale', 'kdcluster/web', '-n', namespace, '--replicas=3');
      if (serverSide) {
        const { code, stderr } = await run('upgrade', 'web', chart, mode, '--set=workers=2');
        expect(code).not.toBe(0);
        expect(stderr).toMatch(/conflict with "kubectl" with subresource "scale"/);
      }
      const force = serverSide ? ['--force-conflicts'] : [];
      await succeeds('upgrade', 'web', chart, mode, '--set=workers=2', ...force, ...waiting);
      expect(await workers()).toBe(serverSide ? 2 : 3);
    });

    it('rolls back', async () => {
      await succeeds('rollback', 'web', '1', mode, ...waiting);
      expect(await workers()).toBe(1);
      expect(await isReady()).toBe(true);
    });

    it('uninstalls all of it', async () => {
      const { code, stderr } = await run('uninstall', 'web', ...waiting);
      // Helm deletes the app first, and is told that it has to wait for the cluster.
      expect(stderr).toMatch(/^(\S+ \S+ +\d+ warnings.go:\d+\] "Warning: clusters use the app: [^\n]+\n)?$/);
      expect(code).toBe(0);
      expect(await cluster.list('kdapp,kdcluster,statefulsets', '-n', namespace)).toEqual([]);
    });
  });
});
