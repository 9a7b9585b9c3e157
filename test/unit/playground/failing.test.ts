/** Failures in a playground are the same as on a real cluster. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Pod } from '../../../src/apis/kubernetes/types.ts';
import { guestSteps, stepCommand } from '../../../src/controller/guest/steps.ts';
import { parseLines } from '../../../src/guest/answers.ts';
import type { Stored } from '../../../src/meta/object.ts';
import { parseSimulate, unknownRoles } from '../../../src/playground/guest/simulate.ts';
import { downloadProblem } from '../../../src/playground/missing.ts';
import { admin, startCluster, type TestCluster } from './cluster.ts';

let cluster: TestCluster;
afterEach(() => {
  cluster.stop();
});

const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000, interval: 5 });
const target = { namespace: 'default', name: 'one' };
const current = (): Stored<Pod> | undefined => cluster.native.pods.cache.get('default', 'one')?.object;
const create = (image: string, labels: Record<string, string> = {}) =>
  cluster.native.pods.create(admin, 'default', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...target, labels },
    spec: { containers: [{ name: 'app', image }] },
  });
const waiting = () => current()?.status?.containerStatuses?.[0]?.state?.waiting;

describe('In a playground', () => {
  it('a namespace is deleted after its contents can be deleted', async () => {
    cluster = await startCluster();
    const { namespaces, configMaps } = cluster.native;
    const metadata = { name: 'doomed', namespace: 'doomed', finalizers: ['example.com/wait'] };
    await namespaces.create(admin, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'doomed' } });
    await configMaps.create(admin, 'doomed', { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await until(() => expect(cluster.native.serviceAccounts.cache.get('doomed', 'default')).toBeDefined());
    let refusals = 0;
    const registry = cluster.registries.find(({ definition }) => definition.plural === 'serviceaccounts');
    if (registry === undefined) throw new Error('no service accounts');
    const remove = registry.delete.bind(registry);
    const refusing = vi.spyOn(registry, 'delete').mockImplementation((context, ...rest) => {
      if (refusals++ >= 4) return remove(context, ...rest);
      return Promise.reject(Object.assign(new Error('not now'), { reason: 'Conflict' }));
    });
    await namespaces.delete(admin, { namespace: '', name: 'doomed' }, {});
    await until(() => expect(refusals).toBeGreaterThan(4));
    await configMaps.update(admin, { namespace: 'doomed', name: 'doomed' }, (now) => {
      if (now === undefined) throw new Error('the ConfigMap is gone');
      return { ...now, metadata: { ...now.metadata, finalizers: [] } };
    });
    await until(() => expect(namespaces.cache.get('', 'doomed')).toBeUndefined());
    refusing.mockRestore();
  });

  it('pods on a deleted node are removed', async () => {
    cluster = await startCluster();
    await create('nginx');
    await until(() => expect(current()?.status?.phase).toBe('Running'));
    const node = current()?.spec?.nodeName ?? '';
    await cluster.native.nodes.delete(admin, { namespace: '', name: node }, {});
    await until(() => expect(current()).toBeUndefined());
  });

  it.each(['registry.example.com/does-not-exist:1', 'nosuch'])('the image %s cannot be pulled', async (image) => {
    cluster = await startCluster();
    await create(image);
    await until(() => expect(waiting()?.reason).toBe('ImagePullBackOff'));
    expect(waiting()?.message).toContain(`${image}: not found`);
    expect(current()?.status?.phase).toBe('Pending');
    const reasons = cluster.events().map(({ reason }) => reason);
    for (const reason of ['Pulling', 'Failed', 'BackOff']) expect(reasons).toContain(reason);
    await cluster.native.pods.update(admin, target, (now) => {
      if (now?.spec === undefined) throw new Error('the pod is gone');
      return {
        ...now,
        spec: { ...now.spec, containers: now.spec.containers.map((one) => ({ ...one, image: 'nginx' })) },
      };
    });
    await until(() => expect(current()?.status?.phase).toBe('Running'));
    expect(current()?.status?.containerStatuses?.[0]?.image).toBe('nginx');
  });

  it('the image of a volume cannot be pulled', async () => {
    cluster = await startCluster();
    const reference = 'registry.example.com/does-not-exist:1';
    await cluster.native.pods.create(admin, 'default', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: target,
      spec: {
        containers: [{ name: 'app', image: 'nginx', volumeMounts: [{ name: 'package', mountPath: '/package' }] }],
        volumes: [
          { name: 'package', image: { reference } },
          { name: 'latest', image: { reference: 'registry.example.com/other' } },
        ],
      },
    });
    await until(() => expect(waiting()?.reason).toBe('ImagePullBackOff'));
    expect(waiting()?.message).toContain(`${reference}: not found`);
    expect(current()?.status?.containerStatuses?.[0]?.image).toBe('nginx');
    // A volume that no container mounts is not pulled.
    expect(
      cluster
        .events()
        .map(({ message }) => message)
        .join(),
    ).not.toContain('other');
    expect(
      current()
        ?.spec?.volumes?.slice(0, 2)
        .map(({ image }) => image?.pullPolicy),
    ).toEqual(['IfNotPresent', 'Always']);
  });

  it('the setup fails with the message of curl if a package or a file does not exist', async () => {
    expect(downloadProblem('https://example.com/a.tgz')).toBeUndefined();
    expect(downloadProblem('https://nosuch.example.com/a.tgz')).toBe(
      'curl: (6) Could not resolve host: nosuch.example.com',
    );
    cluster = await startCluster();
    await create('nginx', { 'kubedirector.hpe.com/role': 'worker' });
    await until(() => expect(current()?.status?.phase).toBe('Running'));
    const containerID = current()?.status?.containerStatuses?.[0]?.containerID ?? '';
    const setUp = async (packageURL: string, srcURL?: string): Promise<ReadonlyMap<string, string>> => {
      const injections = srcURL ? [{ srcURL, destDir: '/opt', mode: '', owner: '', group: '' }] : [];
      const step = guestSteps.setup({
        ...{ containerID, tailBytes: 300, data: '1:', layout: 'new', document: '{}' },
        ...{ systemd: false, configureLimit: 60, packageURL, injections },
        ...{ version: '', upgrade: undefined, upgradeLimit: 60 },
      });
      const { stdout } = await cluster.playground.exec.exec(
        { ...target, container: 'app', containerID },
        stepCommand(step, '1@data'),
      );
      return parseLines(stdout);
    };
    const why = (lines: ReadonlyMap<string, string>): string =>
      Buffer.from(lines.get('error') ?? '', 'base64').toString();
    const lines = await setUp('https://example.com/does-not-exist.tgz');
    expect(lines.get('stage')).toBe('failed');
    expect(why(lines)).toContain('curl: (22) The requested URL returned error: 404');
    expect(why(await setUp('https://example.com/a.tgz', 'https://nosuch/x'))).toContain(
      'injecting https://nosuch/x into /opt',
    );
    expect((await setUp('https://example.com/a.tgz')).get('stage')).toBe('configure');
  });

  it('an unknown role is reported, with the list of roles', () => {
    expect(unknownRoles(parseSimulate('fail-configure=nosuch,fail-notify=worker'), ['head', 'worker'])).toEqual([
      'fail-configure=nosuch: the cluster has no role "nosuch"; its roles are head, worker',
    ]);
  });

  it('both nodes have GPUs', async () => {
    cluster = await startCluster();
    const nodes = cluster.native.nodes.cache.list({}).objects.map(({ object }) => object.status?.allocatable);
    expect(nodes.map((one) => one?.['nvidia.com/gpu'])).toEqual(['64', '64']);
  });
});
