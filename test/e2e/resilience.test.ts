import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clusterOf, eventually, type Shown } from './support/cluster.ts';
import { apiServiceName, installation } from './support/installation.ts';
import { followClusters } from './support/informer.ts';
import { kubeApiServer, whyOutOfReach } from './support/kube-apiserver.ts';
import { ofCluster, sampleApp, sampleCluster } from './support/samples.ts';
import { isAvailable, serverOf } from './support/server.ts';

const cluster = clusterOf(installation());
const server = serverOf(installation(), cluster);
const { ok, kubectl } = cluster;
let namespace: string;
const inNamespace = (): string => `--namespace=${namespace}`;
const ready = (name: string) =>
  ok('wait', '--for=condition=Ready', `kdcluster/${name}`, inNamespace(), '--timeout=55s');
const make = async (name: string, workers = 1): Promise<void> => {
  await eventually(`to make ${name}`, async () => {
    await cluster.apply(sampleCluster({ namespace, name, workers }));
    return true;
  });
};
/** By kind/name, with the uid, which shows whether it was made anew. */
const natives = async (name: string): Promise<Record<string, string>> => {
  const found = await cluster.list('statefulsets,services,pods', ofCluster(name), inNamespace());
  return Object.fromEntries(found.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.uid]));
};
const membersOf = (objects: Record<string, string>, kind: string): number =>
  Object.keys(objects).filter((key) => key.startsWith(`${kind}/`)).length;

beforeAll(async () => {
  namespace = await cluster.makeNamespace('resilience');
  await cluster.apply(sampleApp({ namespace }));
  await make('steady');
  await ready('steady');
});
afterAll(() => cluster.dropNamespaces(namespace));

describe('what somebody changes in the objects of a cluster', () => {
  const head = async (kind: string): Promise<Shown> => {
    const found = await cluster.list(kind, `${ofCluster('steady')},kubedirector.hpe.com/role=worker`, inNamespace());
    expect(found).toHaveLength(1);
    return found[0] as Shown;
  };
  const repaired = (kind: string, what: string, isRight: (object: Shown) => boolean) =>
    eventually(`the repair of ${what}`, async () => isRight(await head(kind)));

  it('is repaired if it is ours: replicas, owner, ports', async () => {
    const { metadata } = await head('statefulset');
    await ok('scale', `statefulset/${metadata.name}`, '--replicas=0', inNamespace());
    await repaired('statefulset', 'replicas', ({ spec }) => spec?.['replicas'] === 1);
    const patch = ['--type=json', '-p', '[{"op":"remove","path":"/metadata/ownerReferences"}]'];
    await ok('patch', `statefulset/${metadata.name}`, inNamespace(), ...patch);
    await repaired(
      'statefulset',
      'its owner',
      ({ metadata: { ownerReferences } }) => ownerReferences?.[0]?.name === 'steady',
    );
    const [service] = await cluster.list(
      'services',
      `${ofCluster('steady')},kubedirector.hpe.com/role=head`,
      inNamespace(),
    );
    const name = `service/${service?.metadata.name ?? ''}`;
    await ok('patch', name, inNamespace(), '--type=merge', '-p', '{"spec":{"selector":{"stray":"yes"}}}');
    await eventually(
      'the repair of its selector',
      async () => !(await ok('get', name, inNamespace(), '-o', 'json')).includes('"stray"'),
    );
  });

  it('is created again if it was deleted', async () => {
    const before = await natives('steady');
    const { metadata } = await head('statefulset');
    await ok('delete', `statefulset/${metadata.name}`, inNamespace(), '--wait=false');
    const [service] = await cluster.list(
      'services',
      `${ofCluster('steady')},kubedirector.hpe.com/role=head`,
      inNamespace(),
    );
    await ok('delete', `service/${service?.metadata.name ?? ''}`, inNamespace());
    await eventually(
      'as many objects as before',
      async () => {
        const now = await natives('steady');
        const isNew = now[`StatefulSet/${metadata.name}`] !== before[`StatefulSet/${metadata.name}`];
        return isNew && Object.keys(now).length === Object.keys(before).length;
      },
      60_000,
    );
    await ready('steady');
  });

  it('is kept if it belongs to others: their labels and annotations', async () => {
    const { metadata } = await head('statefulset');
    await ok('label', `statefulset/${metadata.name}`, inNamespace(), 'team=blue');
    await ok('annotate', `statefulset/${metadata.name}`, inNamespace(), 'note=kept');
    await ok('scale', 'kdrole/steady.worker', '--replicas=2', inNamespace());
    await ok(
      'wait',
      '--for=jsonpath={.status.configuredReplicas}=2',
      'kdrole/steady.worker',
      inNamespace(),
      '--timeout=55s',
    );
    const after = await head('statefulset');
    expect(after.metadata.labels).toMatchObject({ team: 'blue' });
    expect(after.metadata.annotations).toMatchObject({ note: 'kept' });
    await ready('steady');
  });
});

describe('the server', { timeout: 420_000 }, () => {
  it('stopped while clusters are created, continues after a restart', async () => {
    await make('first', 2);
    await server.stop('SIGTERM');
    await server.start();
    await ready('first');
    const objects = await natives('first');
    expect(membersOf(objects, 'StatefulSet')).toBe(2);
    expect(membersOf(objects, 'Pod')).toBe(3);
  });

  it('killed while clusters are created, has lost no acknowledged write', async () => {
    const before = await natives('steady');
    await make('second', 2);
    await server.stop('SIGKILL');
    await server.start();
    await ready('second');
    const objects = await natives('second');
    expect(membersOf(objects, 'StatefulSet')).toBe(2);
    expect(membersOf(objects, 'Pod')).toBe(3);
    expect(await natives('steady')).toEqual(before);
  });

  it('after a restart is found by clients that watch: they miss no event, and get none twice', async () => {
    const followed = followClusters(namespace);
    const { changes } = followed;
    try {
      await eventually('the watch to show what there is', () =>
        Promise.resolve(followed.current()['steady'] !== undefined),
      );
      await server.stop('SIGTERM');
      await server.start();
      await make('after');
      await ready('after');
      await eventually('the watch to show all as it is', async () => {
        const now = await cluster.list('kdclusters', inNamespace());
        return isDeepStrictEqual(
          followed.current(),
          Object.fromEntries(now.map(({ metadata }) => [metadata.name, metadata.resourceVersion])),
        );
      });
      expect(changes.filter(({ type }) => type === 'gone')).toEqual([]);
      const added = changes.filter(({ type }) => type === 'added').map(({ name }) => name);
      expect(added.toSorted()).toEqual(Object.keys(followed.current()).toSorted());
      const versions = changes.map(({ name, resourceVersion }) => `${name}@${resourceVersion}`);
      expect(versions).toEqual([...new Set(versions)]);
      expect(versions.filter((version) => version.startsWith('after@')).length).toBeGreaterThan(1);
    } finally {
      followed.stop();
    }
  });

  it('down for a minute does not disturb the rest of the cluster, and catches up afterwards', async () => {
    const watch = cluster.running('get', 'kdcluster', '-w', '--output-watch-events', inNamespace());
    await watch.printed('steady');
    const doomed = await cluster.makeNamespace('doomed');
    await cluster.apply([sampleApp({ namespace: doomed }), sampleCluster({ namespace: doomed, name: 'doomed' })]);
    const before = await natives('steady');
    const [set] = await cluster.list('statefulsets', ofCluster('steady'), inNamespace());
    const lost = `StatefulSet/${set?.metadata.name ?? ''}`;
    await server.stop('SIGTERM');
    await eventually('kube-apiserver to notice', async () => {
      const { code } = await kubectl(
        'wait',
        '--for=condition=Available=False',
        `apiservice/${apiServiceName}`,
        '--timeout=5s',
      );
      return code === 0;
    });
    await ok('delete', 'namespace', doomed, '--wait=false');
    await ok('delete', `statefulset/${set?.metadata.name ?? ''}`, inNamespace(), '--wait=false');
    expect((await kubectl('get', 'kdclusters', inNamespace())).stderr).toMatch(/server|unavailable/i);
    expect(await ok('get', 'pods', inNamespace())).toContain('Running');
    await sleep(60_000);
    await server.start();
    watch.process.kill();
    // The namespace controller of Kubernetes tries again up to a minute after a failure.
    await eventually(
      'the namespace to be gone',
      async () => (await cluster.read('namespace', doomed)) === undefined,
      180_000,
    );
    const isOfLost = (key: string): boolean => key === lost || key.startsWith(lost.replace(/^StatefulSet/, 'Pod'));
    const names = Object.keys(before).toSorted();
    await eventually(
      'the StatefulSet and its pods to be made again',
      async () => {
        const now = await natives('steady');
        return (
          isDeepStrictEqual(Object.keys(now).toSorted(), names) &&
          names.filter(isOfLost).every((name) => now[name] !== before[name])
        );
      },
      60_000,
    );
    await ready('steady');
    const after = await natives('steady');
    expect(Object.keys(after).toSorted()).toEqual(names);
    for (const kind of ['Pod', 'Service']) expect(membersOf(after, kind)).toBeGreaterThan(1);
    const kept = Object.entries(before).filter(([key]) => !isOfLost(key));
    expect(kept.length).toBeGreaterThan(2);
    expect(Object.entries(after)).toEqual(expect.arrayContaining(kept));
  });
});

const unreachable = whyOutOfReach();
describe.skipIf(unreachable !== undefined)(`kube-apiserver${unreachable ?? ''}`, () => {
  it(
    'killed and started again finds everything as it was, and the controller at work',
    { timeout: 180_000 },
    async () => {
      const before = await natives('steady');
      const front = kubeApiServer();
      await front.kill();
      await sleep(3_000);
      await front.start(cluster);
      await isAvailable(cluster);
      await make('third');
      await ready('third');
      expect(await natives('steady')).toEqual(before);
      await ok('scale', 'kdrole/third.worker', '--replicas=2', inNamespace());
      await ok(
        'wait',
        '--for=jsonpath={.status.configuredReplicas}=2',
        'kdrole/third.worker',
        inNamespace(),
        '--timeout=55s',
      );
      const [set] = await cluster.list(
        'statefulsets',
        `${ofCluster('third')},kubedirector.hpe.com/role=worker`,
        inNamespace(),
      );
      await ok('scale', `statefulset/${set?.metadata.name ?? ''}`, '--replicas=1', inNamespace());
      await eventually('the repair, which a watch has to tell about', async () => {
        const now = await cluster.read('statefulset', set?.metadata.name ?? '', inNamespace());
        return now?.spec?.['replicas'] === 2;
      });
    },
  );
});
