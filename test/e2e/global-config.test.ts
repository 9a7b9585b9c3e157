/** What an administrator sets for all clusters, as seen in their objects. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, dropConfig, eventually } from './support/cluster.ts';
import { installation, systemNamespace, testLabel } from './support/installation.ts';
import { membersIn, type Members } from './support/members.ts';
import { group, ofCluster, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok } = cluster;
const isReal = installation().form === 'node';
const storageClassName = 'kubedirector-e2e-default';
const domain = '.svc.cluster.local';
let namespace: string;
let at: Members;

interface PodSpec {
  readonly volumes?: readonly { readonly hostPath?: { readonly path: string } }[];
}
const hostPathsOf = async (name: string): Promise<readonly string[]> => {
  const pods = await cluster.list<{ spec: PodSpec }>('pods', ofCluster(name), at.inNamespace);
  return pods.flatMap(({ spec }) => (spec.volumes ?? []).flatMap(({ hostPath }) => hostPath?.path ?? []));
};
const configure = (spec: object) =>
  cluster.apply({
    ...{ apiVersion: `${group}/v1beta1`, kind: 'KubeDirectorConfig', spec },
    metadata: { name: 'kd-global-config', namespace: systemNamespace },
  });
/** Without its own naming scheme and service type. */
const plain = (name: string, head: object = {}): object => {
  const made = sampleCluster({ namespace, name, head }) as { spec: object };
  return { ...made, spec: { ...made.spec, namingScheme: undefined, serviceType: undefined } };
};

beforeAll(async () => {
  namespace = await cluster.makeNamespace('config');
  at = membersIn(namespace, cluster);
  const packageURL = isReal ? { packageURL: 'file:///packages/recorder.tgz' } : {};
  await cluster.apply([
    sampleApp({ namespace, ...packageURL }),
    sampleApp({ namespace, name: 'with-systemd', spec: { systemdRequired: true } }),
    {
      ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'kubernetes.io/no-provisioner' },
      metadata: { name: storageClassName, labels: { [testLabel]: 'config' } },
      volumeBindingMode: 'WaitForFirstConsumer',
    },
  ]);
  await configure({
    ...{
      defaultNamingScheme: 'CrNameRole',
      defaultServiceType: 'ClusterIP',
      defaultStorageClassName: storageClassName,
    },
    ...{ requiredSecretPrefix: 'kd-', nativeSystemdSupport: true, forceSharedMemorySizeSupport: false },
    ...{ podLabels: { team: 'blue' }, podAnnotations: { note: 'pods' } },
    ...{ serviceLabels: { team: 'green' }, serviceAnnotations: { note: 'services' } },
    // The same with a dot at the end: absolute names, without a search list.
    clusterSvcDomainBase: `${domain}.`,
  });
});
afterAll(async () => {
  await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
  await dropConfig(cluster);
  await cluster.dropNamespaces(namespace);
  await ok('delete', 'storageclass', `--selector=${testLabel}=config`, '--timeout=55s');
});

describe('the global config', () => {
  it('sets names, types and labels of the objects of clusters', async () => {
    await cluster.apply(plain('marked'));
    await at.ready('marked');
    const { pod, service } = await at.member('marked');
    expect(pod).toMatch(/^marked-head-/);
    expect(service).toBe(pod);
    const made = await cluster.read('service', service, at.inNamespace);
    expect(made?.spec).toMatchObject({ type: 'ClusterIP' });
    expect(made?.metadata.labels).toMatchObject({ team: 'green' });
    expect(made?.metadata.annotations).toMatchObject({ note: 'services' });
    const running = await cluster.read('pod', pod, at.inNamespace);
    expect(running?.metadata.labels).toMatchObject({ team: 'blue' });
    expect(running?.metadata.annotations).toMatchObject({ note: 'pods' });
    if (!isReal) return;
    const fqdn = await at.inside(pod, 'cat /etc/guestconfig/configmeta.json');
    expect((JSON.parse(fqdn) as { node: { fqdn: string } }).node.fqdn).toMatch(new RegExp(`${domain}\\.$`));
  });

  it('gives volumes its storage class', async () => {
    await cluster.apply(plain('stored', { storage: { size: '1Gi' } }));
    const [claim] = await eventually('the claim', async () => {
      const found = await cluster.list('pvc', ofCluster('stored'), at.inNamespace);
      return found.length > 0 && found;
    });
    expect(claim?.spec).toMatchObject({ storageClassName });
    const stored = await cluster.read<{ spec: { roles: { storage?: object }[] } }>(
      'kdcluster',
      'stored',
      at.inNamespace,
    );
    expect(stored?.spec.roles[0]?.storage).toMatchObject({ storageClassName });
  });

  it('forbids secrets with other names and, if the cluster does not support it, sizes of shared memory', async () => {
    await ok('create', 'secret', 'generic', 'other', '--from-literal=a=b', at.inNamespace);
    await ok('create', 'secret', 'generic', 'kd-good', '--from-literal=a=b', at.inNamespace);
    const secret = (name: string): object => ({ secret: { name, mountPath: '/secret' } });
    await expect(cluster.apply(plain('refused', secret('other')))).rejects.toThrow(/spec\.roles\[0\]\.secret.*kd-/s);
    await expect(cluster.apply(plain('refused', { sharedMemory: '1Gi' }))).rejects.toThrow(
      'forceSharedMemorySizeSupport: false',
    );
    await cluster.apply(plain('allowed', secret('kd-good')));
    await at.ready('allowed');
  });

  it("decides whether systemd's cgroups are mounted", async () => {
    const native = sampleCluster({ namespace, name: 'native', app: 'with-systemd' });
    await cluster.apply(native);
    await eventually(
      'its pods',
      async () => (await cluster.list('pods', ofCluster('native'), at.inNamespace)).length > 0,
    );
    expect(await hostPathsOf('native')).toEqual([]);
    await ok(
      'patch',
      'kdconfig/kd-global-config',
      '-n',
      systemNamespace,
      '--type=merge',
      '-p',
      '{"spec":{"nativeSystemdSupport":false}}',
    );
    await cluster.apply(sampleCluster({ namespace, name: 'mounted', app: 'with-systemd' }));
    await eventually(
      'its pods',
      async () => (await cluster.list('pods', ofCluster('mounted'), at.inNamespace)).length > 0,
    );
    expect(await hostPathsOf('mounted')).toEqual(['/sys/fs/cgroup', '/sys/fs/cgroup/systemd']);
  });
});
