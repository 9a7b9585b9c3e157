/** Changes of a running cluster that need no restart of its members. */
import { describe, expect, test } from 'vitest';
import { encryptSecretKey } from '../../src/apis/kubedirector/secret-keys.ts';
import { at, podOf, sample, sampleApp, sampleCluster, statusOf } from './support/samples.ts';
import { configured, eachInItsWorld, world } from './support/started.ts';
import { systemNamespace } from './support/world.ts';

eachInItsWorld();

describe('a change that needs no restart', () => {
  test('of the service type happens in place', async () => {
    await configured();
    world.clusters.direct.change(sample, ({ spec }) => (spec.serviceType = 'ClusterIP'));
    await world.settle();
    expect(world.services.get('default', podOf(world, 'head'))?.spec?.type).toBe('ClusterIP');
    expect(world.services.created).toHaveLength(4);
  });

  test('of pod labels reaches running pods and the template, and removed ones go', async () => {
    await configured();
    const pod = podOf(world, 'head');
    const container = world.pods.get('default', pod)?.status?.containerStatuses?.[0]?.containerID;
    world.clusters.direct.change(sample, ({ spec }) => {
      const [head] = spec.roles;
      if (head !== undefined) head.podLabels = { owner: 'me' };
    });
    await world.settle();
    const labels = world.pods.get('default', pod)?.metadata.labels;
    expect(labels).toMatchObject({ owner: 'me', 'kubedirector.hpe.com/role': 'head' });
    expect(labels).not.toHaveProperty('team');
    const template = world.statefulSets.get('default', pod.slice(0, -2))?.spec.template.metadata?.labels;
    expect(template).toMatchObject({ owner: 'me' });
    expect(template).not.toHaveProperty('team');
    expect(world.pods.get('default', pod)?.status?.containerStatuses?.[0]?.containerID).toBe(container);
  });

  test('of labels and annotations reaches Services and volumes; removed ones go, and those of others stay', async () => {
    await configured();
    const name = podOf(world, 'head');
    world.services.direct.change({ namespace: 'default', name }, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'cloud.example.com/id': '7' };
    });
    world.clusters.direct.change(sample, ({ spec }) => {
      const [head] = spec.roles;
      if (head === undefined) return;
      head.podLabels = {};
      head.serviceLabels = { tier: 'front' };
      delete head.serviceAnnotations;
    });
    await world.settle();
    const service = world.services.get('default', name)?.metadata;
    expect(service?.labels).toMatchObject({ tier: 'front' });
    expect(service?.annotations).toMatchObject({ 'cloud.example.com/id': '7' });
    expect(service?.annotations).not.toHaveProperty('note');
    expect(world.native.persistentVolumeClaims.get('default', `p-${name}`)?.metadata.labels).not.toHaveProperty('team');
    expect(statusOf(world).appliedMetadataKeys).toEqual(['tier']);
  });
});

describe('connections', () => {
  test('are passed on when they appear, and every member runs --reconnect when they change', async () => {
    await configured();
    expect(world.guest.document(podOf(world, 'head'))).toMatchObject({ connections: { configmaps: {} } });
    world.guest.runs.length = 0;
    world.configMaps.direct.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default', labels: { 'kubedirector.hpe.com/cmType': 'tuning' } },
      data: { level: '9' },
    });
    await world.settle();
    expect(world.guest.document(podOf(world, 'head'))).toMatchObject({
      connections: { configmaps: { tuning: [{ data: { level: '9' } }] } },
    });
    for (const pod of [podOf(world, 'head'), podOf(world, 'work', 1)]) {
      expect(world.guest.notified(pod)).toEqual(['--reconnect']);
    }
    expect(statusOf(world).state).toBe('configured');

    world.guest.runs.length = 0;
    world.configMaps.direct.remove({ namespace: 'default', name: 'settings' });
    await world.settle();
    expect(world.guest.document(podOf(world, 'head'))).toMatchObject({ connections: { configmaps: {} } });
    expect(world.guest.document(podOf(world, 'head'))).not.toHaveProperty('connections.configmaps.tuning');
    expect(world.guest.notified(podOf(world, 'work', 1))).toEqual(['--reconnect']);
  });

  test('to a cluster of a system app are passed on with that app', async () => {
    const app = sampleApp();
    world.apps.direct.create({
      ...app,
      metadata: { ...app.metadata, namespace: systemNamespace, uid: 'system-app' },
      spec: { ...app.spec, distroID: 'system/distro' },
    });
    world.clusters.direct.create(
      sampleCluster(({ metadata, spec }) => {
        Object.assign(metadata, { name: 'other', uid: 'other-uid' });
        spec.appCatalog = 'system';
      }),
    );
    world.clusters.direct.create(sampleCluster(({ spec }) => (spec.connections = { clusters: ['other'] })));
    await world.settle();
    expect(world.guest.document(podOf(world, 'head'))).toMatchObject({
      nodegroups: { 1: { distro_id: app.spec.distroID } },
      connections: { clusters: { other: { nodegroups: { 1: { distro_id: 'system/distro' } } } } },
    });
  });
});

describe('a connected cluster', () => {
  const limits = (cpu: string): void => {
    world.clusters.direct.change(at('other'), ({ spec }) => {
      for (const { id, resources } of spec.roles) if (id === 'work') resources.limits = { ...resources.limits, cpu };
    });
  };
  const flavor = (cores: string) => ({
    connections: { clusters: { other: { nodegroups: { 1: { roles: { work: { flavor: { cores } } } } } } } },
  });

  async function connected(): Promise<void> {
    const other = sampleCluster(({ metadata }) => {
      Object.assign(metadata, { name: 'other', uid: 'other-uid' });
    });
    world.clusters.direct.create(other);
    world.clusters.direct.create(sampleCluster(({ spec }) => (spec.connections = { clusters: ['other'] })));
    await world.settle();
    world.guest.runs.length = 0;
  }

  test('is told of anew when the size of its roles changes', async () => {
    await connected();
    limits('7');
    await world.settle();
    expect(world.guest.document(podOf(world, 'head'))).toMatchObject(flavor('7'));
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--reconnect']);
    limits('7000m');
    await world.settle();
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--reconnect']);
  });

  test('is told of anew when a value of its secretKeys changes, and not when only its nonce does', async () => {
    const masterEncryptionKey = '0f'.repeat(16);
    world.configs.direct.create({
      ...{ apiVersion: 'kubedirector.hpe.com/v1beta1', kind: 'KubeDirectorConfig' },
      metadata: { name: 'kd-global-config', namespace: systemNamespace },
      spec: { masterEncryptionKey },
    });
    await connected();
    const secret = async (value: string, nonce: number): Promise<unknown> => {
      const encryptedValue = encryptSecretKey(value, masterEncryptionKey, (count) => new Uint8Array(count).fill(nonce));
      world.clusters.direct.change(at('other'), ({ spec }) => {
        for (const role of spec.roles) if (role.id === 'work') role.secretKeys = [{ name: 'token', encryptedValue }];
      });
      await world.settle();
      return world.guest.document(podOf(world, 'head'));
    };
    const token = (value: string) => ({
      connections: {
        clusters: { other: { nodegroups: { 1: { roles: { work: { secret_keys: { token: value } } } } } } },
      },
    });
    expect(await secret('one', 1)).toMatchObject(token('one'));
    expect(await secret('one', 2)).toMatchObject(token('one'));
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--reconnect']);
    expect(await secret('two', 3)).toMatchObject(token('two'));
    expect(world.guest.notified(podOf(world, 'head'))).toEqual(['--reconnect', '--reconnect']);
  });
});

describe('an image without configcli', () => {
  test('leads to one event for each member, which is set up all the same', async () => {
    world.guest.configcli = 'absent';
    await configured();
    const told = world.events.filter(({ message }) => message.startsWith('configcli is not available'));
    expect(told.map(({ type, reason }) => [type, reason])).toEqual(Array(4).fill(['Warning', 'Config']));
    expect(new Set(told.map(({ message }) => message)).size).toBe(4);
  });
});
