/** Compares this controller's objects with those that the existing operator made of the same input (testdata). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeDirectorCluster } from '../../src/apis/kubedirector/types.ts';
import type {
  ConfigMap,
  PersistentVolumeClaim,
  Secret,
  Service,
  StatefulSet,
} from '../../src/apis/kubernetes/types.ts';
import { revisionAnnotation } from '../../src/apis/kubedirector/well-known.ts';
import { createConfigmeta } from '../../src/controller/plan/guest/configmeta.ts';
import { covers } from '../../src/controller/plan/natives/drift.ts';
import { isJsonObject } from '../../src/meta/json.ts';
import { sampleApp, sampleCluster, statusOf, testdata, theCluster } from './support/samples.ts';
import { createWorld, type World } from './support/world.ts';

const lists = <T>(name: string): T[] => (testdata(name) as { items: T[] }).items;
const goldenCluster = testdata('cluster.json') as KubeDirectorCluster;

const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default', labels: { 'kubedirector.hpe.com/cmType': 'tuning' } },
  data: { level: '9', 'app.properties': 'a=b' },
} as const satisfies ConfigMap;
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'creds', namespace: 'default', labels: { 'kubedirector.hpe.com/secretType': 'login' } },
  data: { user: 'YWRtaW4=' },
} as const satisfies Secret;

/** Generated names end in random parts: each is replaced by one that names its role. */
function rename(text: string, status: KubeDirectorCluster['status']): string {
  let result = text.replaceAll(status?.clusterService ?? '-', 'HEADLESS');
  for (const { statefulSet, id } of status?.roles ?? []) result = result.replaceAll(statefulSet, `SET-${id}`);
  return result.replaceAll(/[0-9a-f]{32}/g, 'TOKEN');
}

/** Without what kube-apiserver adds, what differs by nature, and scripts. */
function comparable<T>(object: T, status: KubeDirectorCluster['status']): T {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (!isJsonObject(value)) return value;
    const dropped = ['generateName', 'resourceVersion', 'creationTimestamp', 'uid', 'generation', 'lifecycle', 'args'];
    const kept = Object.entries(value).filter(([key]) => !dropped.includes(key));
    return Object.fromEntries(kept.map(([key, item]) => [key, strip(item)]));
  };
  return JSON.parse(rename(JSON.stringify(strip(object)), status)) as T;
}

let world: World;

beforeEach(async () => {
  world = createWorld();
  world.apps.direct.create(sampleApp());
  world.configMaps.direct.create(configMap);
  world.secrets.direct.create(secret);
  world.start();
  world.clusters.direct.create(sampleCluster());
  await world.settle();
});
afterEach(async () => {
  await world.stop();
});

const byName = <T extends { metadata: { name?: string } }>(a: T, b: T) =>
  (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;

function ours<T>(objects: readonly T[]): T[] {
  return objects.map((object) => comparable(object, statusOf(world)));
}
function theirs<T>(name: string): T[] {
  return lists<T>(name).map((object) => comparable(object, goldenCluster.status));
}

describe('the native objects are those of the existing operator', () => {
  test('StatefulSets and their pod templates', () => {
    const mine = ours<StatefulSet>(world.statefulSets.list()).sort(byName);
    const golden = theirs<StatefulSet>('statefulsets.json').sort(byName);
    expect(mine.map(({ metadata }) => metadata.name)).toEqual(golden.map(({ metadata }) => metadata.name));
    for (const [index, set] of mine.entries()) {
      const other = golden[index];
      expect(set.metadata.labels).toEqual(other?.metadata.labels);
      expect(set.metadata.annotations).toEqual(other?.metadata.annotations);
      // Which revision of the role a pod was made of is written on it.
      expect(set.spec.template.metadata?.annotations).toHaveProperty([revisionAnnotation]);
      Reflect.deleteProperty(set.spec.template.metadata?.annotations ?? {}, revisionAnnotation);
      expect(set.spec.template.metadata).toEqual(other?.spec.template.metadata);
      expect(other?.spec.selector.matchLabels).toMatchObject(set.spec.selector.matchLabels ?? {});
      const wanted = structuredClone<Partial<StatefulSet['spec']>>(set.spec);
      // Selected by less, so that labels can change; nothing restarts for a changed template (docs of stateful-set.ts).
      delete wanted.selector;
      delete wanted.updateStrategy;
      for (const template of wanted.volumeClaimTemplates ?? []) delete template.metadata?.labels;
      expect(other?.spec).toMatchObject(wanted);
      expect(covers(wanted, other?.spec)).toBe(true);
      for (const list of ['env', 'ports', 'volumeMounts'] as const) {
        expect(set.spec.template.spec?.containers[0]?.[list]).toEqual(other?.spec.template.spec?.containers[0]?.[list]);
      }
    }
  });

  test('Services', () => {
    const mine = ours<Service>(world.services.list()).sort(byName);
    const golden = theirs<Service>('services.json').sort(byName);
    expect(mine).toHaveLength(golden.length);
    for (const [index, service] of mine.entries()) {
      const other = golden[index];
      expect(service.metadata.labels).toEqual(other?.metadata.labels);
      expect(service.metadata.annotations).toEqual(other?.metadata.annotations);
      expect(covers(service.spec, other?.spec)).toBe(true);
    }
  });

  test('PersistentVolumeClaims with their labels and owner', () => {
    const mine = ours<PersistentVolumeClaim>(world.claims.list());
    const golden = theirs<PersistentVolumeClaim>('persistentvolumeclaims.json');
    expect(mine.map(({ metadata }) => [metadata.name, metadata.labels])).toEqual(
      golden.map(({ metadata }) => [metadata.name, metadata.labels]),
    );
    expect(mine[0]?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'KubeDirectorCluster', controller: true });
  });
});

describe('status and events are those of the existing operator', () => {
  test('status, but for what was added to it', () => {
    const dropIds = (status: KubeDirectorCluster['status']) =>
      JSON.parse(
        rename(JSON.stringify(status), status).replaceAll(/containerd:\/\/\w+/g, 'CONTAINER'),
        (key, value: unknown) => (['generationUID', 'lastConnectionHash'].includes(key) ? 'ID' : value),
      ) as object;
    expect(dropIds(statusOf(world))).toMatchObject(dropIds(goldenCluster.status));
  });

  test('events', () => {
    const messages = (
      events: { type: string; reason: string; message: string }[],
      status: KubeDirectorCluster['status'],
    ) => new Set(events.map(({ type, reason, message }) => `${type} ${reason} ${rename(message, status)}`));
    const mine = messages(world.events, statusOf(world));
    const golden = messages(testdata('events.json') as [], goldenCluster.status);
    golden.delete('Normal Cluster Annotation initialized to 1');
    // In the existing operator, role bare inherited the default package; here null means none (domain: KubeDirectorApp).
    expect([...golden].filter((event) => !mine.has(event))).toEqual([]);
  });
});

describe('configmeta.json is that of the existing operator', () => {
  test.each([
    ['head', 'configmeta-head-0.json'],
    ['work', 'configmeta-work-0.json'],
  ])('of a member of role %s, to the letter and in its order', (role, file) => {
    const golden = testdata(file) as Record<'connections', Record<string, Record<string, Record<string, unknown>[]>>>;
    // Left on them by kubectl apply.
    const last = 'kubectl.kubernetes.io/last-applied-configuration';
    const noted = golden.connections['configmaps']?.['tuning']?.[0]?.['annotations'] as Record<string, string>;
    const secretNoted = golden.connections['secrets']?.['login']?.[0]?.['annotations'] as Record<string, string>;
    const annotated = <T extends ConfigMap | Secret>(object: T, value: string) => ({
      ...object,
      metadata: {
        ...object.metadata,
        uid: 'u',
        resourceVersion: '1',
        creationTimestamp: '',
        annotations: { [last]: value },
      },
    });
    const build = createConfigmeta({
      cluster: goldenCluster,
      app: sampleApp(),
      config: {},
      connected: {
        clusters: [],
        configMaps: [annotated(configMap, noted[last] ?? '')],
        secrets: [annotated(secret, atob(secretNoted[last] ?? ''))],
      },
    });
    const member = goldenCluster.status?.roles?.find(({ id }) => id === role)?.members[0];
    if (member === undefined) throw new Error('no such member');
    expect(JSON.stringify(JSON.parse(build(role, member)))).toBe(JSON.stringify(golden));
  });

  test('each member got the one of the cluster as it is', () => {
    for (const { id, members } of statusOf(world).roles ?? []) {
      for (const { pod, nodeID } of members) {
        const document = world.guest.document(pod) as { node?: object; nodegroups?: object } | null;
        expect(document).toMatchObject({
          node: { role_id: id, id: String(nodeID) },
          cluster: { id: theCluster(world).metadata.uid },
        });
      }
    }
  });
});
