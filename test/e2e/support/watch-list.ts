/** Streamed lists of our kinds, of a custom resource and of a built-in kind. */
import { afterAll, beforeAll, expect } from 'vitest';
import { clusterOf, eventually } from './cluster.ts';
import { openFront, type Front } from './front.ts';
import { installation } from './installation.ts';
import { sampleApp } from './samples.ts';
import { makeTwin } from './twin.ts';

export const cluster = clusterOf(installation());
const twin = makeTwin(cluster);
export let namespace: string;
export let front: Front;

export const streaming = 'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
const names = ['a', 'b', 'b-1', 'c.d'];
const labelsOf = (name: string): Record<string, string> => ({ tier: name.startsWith('b') ? 'gold' : 'silver' });

export interface Collection {
  readonly title: string;
  readonly path: () => string;
  readonly make: (name: string) => object;
}

const app = (name: string): { metadata: object } => sampleApp({ namespace, name }) as { metadata: object };
export const ours: Collection = {
  title: 'KubeDirectorApps',
  path: () => `/apis/kubedirector.hpe.com/v1beta1/namespaces/${namespace}/kubedirectorapps`,
  make: (name) => ({ ...app(name), metadata: { namespace, name, labels: labelsOf(name) } }),
};
export const custom: Collection = {
  title: 'custom resources',
  path: () => twin.path(namespace),
  make: (name) => twin.object(ours.make(name), 'head (1), worker (0+)'),
};
export const configMaps: Collection = {
  title: 'ConfigMaps',
  path: () => `/api/v1/namespaces/${namespace}/configmaps`,
  make: (name) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, labels: labelsOf(name) },
    data: { a: 'b' },
  }),
};
const collections = [ours, custom, configMaps];

export async function created(path: string, object: object): Promise<void> {
  const { status, text } = await front.ask(path, { method: 'POST', body: JSON.stringify(object) });
  expect(status, text).toBe(201);
}

/** Makes the objects for the tests of the file that calls this. */
export function withCollections(): void {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('watch-list');
    front = await openFront(cluster);
    await twin.define();
    for (const { path, make } of collections) {
      for (const name of names.toReversed()) await created(path(), make(name));
    }
    // Nobody else's: its certificates come at some time or other.
    const root = 'kube-root-ca.crt';
    await eventually(root, async () => (await cluster.read('configmap', root, '-n', namespace)) !== undefined);
  }, 120_000);
  afterAll(async () => {
    await front.close();
    await twin.remove();
    await cluster.dropNamespaces(namespace);
  });
}
