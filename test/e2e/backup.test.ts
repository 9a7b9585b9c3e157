import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, dropConfig, eventually, type Shown } from './support/cluster.ts';
import { installation, systemNamespace } from './support/installation.ts';
import { membersIn, type Members } from './support/members.ts';
import { group, ofCluster, sampleApp, sampleCluster } from './support/samples.ts';

const cluster = clusterOf(installation());
const { ok, kubectl } = cluster;
const apiVersion = `${group}/v1beta1`;
const key = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const annotation = `${group}/status-backup-exists`;
/** With a kubelet, members are set up by a package, which sees what the keys decrypt to. */
const isReal = installation().form === 'node';
let namespace: string;
let at: Members;

const config = (spec: object): object => ({
  ...{ apiVersion, kind: 'KubeDirectorConfig', spec },
  metadata: { name: 'kd-global-config', namespace: systemNamespace },
});
const kept = () => cluster.read('kdcluster', 'kept', at.inNamespace);
const natives = async (): Promise<readonly Shown[]> =>
  (await cluster.list('statefulsets,services', ofCluster('kept'), at.inNamespace)).toSorted((one, other) =>
    `${one.kind}/${one.metadata.name}`.localeCompare(`${other.kind}/${other.metadata.name}`),
  );
const names = (objects: readonly Shown[]): string[] => objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
/** As a backup tool restores it: under its name, and without the fields that belonged to the original cluster. */
function saved({ metadata, ...rest }: Shown, ...without: readonly string[]): object {
  const { name, labels, annotations } = metadata;
  const { status, ...others } = rest;
  const content = without.includes('status') ? others : { ...others, status };
  return {
    apiVersion: (rest as { apiVersion?: string }).apiVersion,
    metadata: { name, namespace, labels, annotations },
    ...content,
  };
}
/** A cluster that must wait for its backup has a label; an exported file without it makes a new cluster. */
function restoring(file: object): object {
  const { metadata, ...rest } = file as { metadata: { labels?: object } };
  return { ...rest, metadata: { ...metadata, labels: { ...metadata.labels, [`${group}/restoring`]: '' } } };
}
const licenseIn = async (pod: string): Promise<unknown> =>
  (
    JSON.parse(await at.inside(pod, 'cat /etc/guestconfig/configmeta.json')) as {
      nodegroups: { 1: { roles: Record<string, { secret_keys: Record<string, string> }> } };
    }
  ).nodegroups[1].roles['head']?.secret_keys['license'];
/** As they are stored. */
const secretValues = async (): Promise<(string | undefined)[]> => {
  const { roles } = (await kept())?.spec as { roles: { secretKeys?: { encryptedValue?: string }[] }[] };
  return roles.flatMap(({ secretKeys = [] }) => secretKeys).map(({ encryptedValue }) => encryptedValue);
};
const progress = async (): Promise<Record<string, unknown>> =>
  ((await kept())?.status?.['restoreProgress'] ?? {}) as Record<string, unknown>;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('backup');
  at = membersIn(namespace, cluster);
  await cluster.apply(config({ backupClusterStatus: true, masterEncryptionKey: key, defaultServiceType: 'NodePort' }));
  const packageURL = isReal ? { packageURL: 'file:///packages/recorder.tgz' } : {};
  await cluster.apply(sampleApp({ namespace, ...packageURL }));
});
afterAll(async () => {
  await ok('delete', 'kdcluster', '--all', at.inNamespace, '--timeout=55s');
  await dropConfig(cluster);
  await cluster.dropNamespaces(namespace);
});

describe('the global config', () => {
  it('gives clusters their defaults, and stores its own defaults', async () => {
    const found = await cluster.read('kdconfig', 'kd-global-config', '-n', systemNamespace);
    expect(found?.spec).toMatchObject({
      ...{ backupClusterStatus: true, defaultServiceType: 'NodePort', defaultNamingScheme: 'UID' },
      ...{ clusterSvcDomainBase: '.svc.cluster.local', masterEncryptionKey: key },
    });
    const secretKeys = [{ name: 'license', value: 'swordfish' }];
    const made = sampleCluster({ namespace, name: 'kept', workers: 1, head: { secretKeys } }) as { spec: object };
    await cluster.apply({ ...made, spec: { ...made.spec, serviceType: undefined } });
    await at.ready('kept');
    expect((await kept())?.spec).toMatchObject({ serviceType: 'NodePort' });
    expect(JSON.stringify(await kept())).not.toContain('swordfish');
    if (isReal) expect(await licenseIn((await at.member('kept')).pod)).toBe('swordfish');
  });

  it('keeps a former key until the values of all clusters are encrypted with the present one', async () => {
    const named = ['kdconfig', 'kd-global-config', '-n', systemNamespace] as const;
    for (const next of [key.replace('0', 'f'), key]) {
      const encrypted = await secretValues();
      await ok('patch', ...named, '--type=merge', '-p', `{"spec":{"masterEncryptionKey":"${next}"}}`);
      await eventually('the former key to go', async () => {
        const found = await cluster.read<{ status?: object }>(...named);
        return found !== undefined && !('formerEncryptionKeys' in (found.status ?? {}));
      });
      expect((await secretValues()).filter((value) => encrypted.includes(value))).toEqual([]);
    }
  });

  it('cannot be deleted while there are clusters', async () => {
    const tried = await kubectl('delete', 'kdconfig', 'kd-global-config', '-n', systemNamespace, '--dry-run=server');
    expect(tried.code).toBe(0);
    expect(tried.stderr).toContain('KubeDirectorClusters exist');
  });

  it('is used only with its name, and only in the system namespace', async () => {
    const elsewhere = { ...config({}), metadata: { name: 'kd-global-config', namespace } };
    await expect(cluster.apply(elsewhere)).rejects.toThrow(systemNamespace);
    await expect(
      cluster.apply({ ...config({}), metadata: { name: 'mine', namespace: systemNamespace } }),
    ).rejects.toThrow('kd-global-config');
  });
});

describe('a status backup', () => {
  let files: { cluster: object; backup: object; natives: readonly object[] };
  let before: string[];

  it('mirrors the status of its cluster, which owns it and has the annotation', async () => {
    const backup = await eventually('the backup to be as the status is', async () => {
      const [found, { status = {} }] = await Promise.all([
        cluster.read('kdstatusbackup', 'kept', at.inNamespace),
        kept().then((object): Partial<Shown> => object ?? {}),
      ]);
      const mirrored = found?.spec?.['statusBackup'] as Record<string, unknown> | undefined;
      return JSON.stringify(mirrored?.['roles']) === JSON.stringify(status['roles']) && found;
    });
    const object = await kept();
    expect(backup.metadata.ownerReferences).toMatchObject([{ kind: 'KubeDirectorCluster', uid: object?.metadata.uid }]);
    expect(object?.metadata.annotations).toMatchObject({ [annotation]: 'true' });
    const objects = await natives();
    before = names(objects);
    expect(before.length).toBeGreaterThanOrEqual(4);
    files = {
      cluster: saved(object as Shown, 'status'),
      backup: saved(backup),
      natives: objects.map((one) => saved(one, 'status')),
    };
  });

  it('is deleted with its cluster', async () => {
    await ok('delete', 'kdcluster/kept', at.inNamespace, '--timeout=55s');
    await eventually(
      'nothing to be left',
      async () => {
        const kinds = 'statefulsets,services,pods,kdstatusbackups';
        return (await ok('get', kinds, '-o', 'name', at.inNamespace, ofCluster('kept'))) === '';
      },
      60_000,
    );
    await eventually(
      'the backup to go',
      async () => (await cluster.read('kdstatusbackup', 'kept', at.inNamespace)) === undefined,
    );
  });

  it('restores its cluster once all objects that it names exist again, in any order', async () => {
    await ok('delete', 'kdapp/sample', at.inNamespace);
    await cluster.apply(restoring(files.cluster));
    await eventually('the cluster to wait', async () => (await progress())['awaitingApp'] === true);
    expect(await progress()).toMatchObject({ awaitingApp: true, awaitingStatus: true });
    expect((await kept())?.metadata.labels).toHaveProperty([`${group}/restoring`]);
    expect(await natives()).toEqual([]);

    const changed = await kubectl('scale', 'kdrole/kept.worker', '--replicas=2', at.inNamespace);
    expect(changed.code).toBe(1);
    const deleted = await kubectl('delete', 'kdcluster/kept', at.inNamespace, '--timeout=20s');
    expect(deleted.code).toBe(1);
    expect(deleted.stderr).toContain('allow-delete-while-restoring');

    await cluster.apply(files.backup);
    await eventually('its status to be taken in', async () => (await progress())['awaitingStatus'] === false);
    const packageURL = isReal ? { packageURL: 'file:///packages/recorder.tgz' } : {};
    await cluster.apply(sampleApp({ namespace, ...packageURL }));
    await eventually('the app to be seen', async () => (await progress())['awaitingApp'] === false);
    expect(await progress()).toMatchObject({ awaitingResources: true });
    expect(await natives()).toEqual([]);
    await cluster.apply(files.natives);
    await at.ready('kept');
    const object = await kept();
    expect(object?.metadata.labels ?? {}).not.toHaveProperty([`${group}/restoring`]);
    expect(object?.status).not.toHaveProperty('restoreProgress');
    const after = await natives();
    expect(names(after)).toEqual(before);
    for (const { metadata } of after)
      expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([object?.metadata.uid]);
    if (isReal) expect(await licenseIn((await at.member('kept')).pod)).toBe('swordfish');
  }, 180_000);

  it('lets the cluster continue as before: it grows, and its old members are notified', async () => {
    await ok('scale', 'kdrole/kept.worker', '--replicas=2', at.inNamespace);
    await eventually(
      'the new member',
      async () => (await at.member('kept', 'worker', 1)).state === 'configured',
      60_000,
    );
    await at.ready('kept');
    expect(names(await natives()).filter((name) => !before.includes(name))).toEqual([]);
  }, 120_000);
});
