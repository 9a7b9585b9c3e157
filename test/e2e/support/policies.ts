/** Policies for our kinds and for a custom resource, which must do the same to both. */
import { afterAll, beforeAll, expect } from 'vitest';
import { clusterOf } from './cluster.ts';
import { openFront, type Asked, type Front } from './front.ts';
import { installation } from './installation.ts';
import { group, sampleApp, sampleCluster } from './samples.ts';

export const cluster = clusterOf(installation());
export const { ok } = cluster;
export const name = 'e2e-policy';
const crdGroup = 'policies.e2e.example';
export const crd = `things.${crdGroup}`;
export const admission = 'admissionregistration.k8s.io/v1';
export let namespace: string;
let front: Front;

/** A custom resource that kube-apiserver serves, and ours: both must be treated alike. */
export const resources = {
  crd: {
    path: () => `/apis/${crdGroup}/v1/namespaces/${namespace}/things`,
    object: (metadata: object) => ({
      ...{ apiVersion: `${crdGroup}/v1`, kind: 'Thing', metadata },
      spec: (sampleCluster({ namespace, name: '' }) as { spec: object }).spec,
    }),
    groupResource: `things.${crdGroup}`,
  },
  ours: {
    path: () => `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters`,
    object: (metadata: object) => ({ ...sampleCluster({ namespace, name: '' }), metadata }),
    groupResource: `kubedirectorclusters.${group}`,
  },
};
export type Which = keyof typeof resources;
export const both: readonly Which[] = ['crd', 'ours'];

export interface Answer {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

export async function ask(which: Which, path: string, { method = 'GET', body, contentType }: Asked): Promise<Answer> {
  const response = await fetch(`http://${front.address}${resources[which].path()}${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': contentType ?? 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  const { groupResource } = resources[which];
  const [plural = '', ofGroup = ''] = groupResource.split(/\.(.*)/);
  const text = (await response.text())
    .replaceAll(groupResource, 'RESOURCE')
    .replaceAll(`"kind":"${plural}"`, '"kind":"PLURAL"')
    .replaceAll(`"group":"${ofGroup}"`, '"group":"GROUP"')
    .replaceAll(`\\"${plural}\\"`, 'PLURAL')
    .replaceAll(plural, 'PLURAL');
  const warnings = (response.headers.get('warning') ?? '').match(/"(\\.|[^"\\])*"/g) ?? [];
  return { status: response.status, warnings, body: JSON.parse(text) };
}

export function create(which: Which, metadata: object, query = ''): Promise<Answer> {
  return ask(which, query, { method: 'POST', body: JSON.stringify(resources[which].object(metadata)) });
}

export const ofBoth = {
  ...{ operations: ['*'], apiGroups: [group, crdGroup], apiVersions: ['*'] },
  resources: ['things', 'kubedirectorclusters'],
};

export async function unforce(): Promise<void> {
  for (const kind of ['validatingadmissionpolicybinding', 'validatingadmissionpolicy'])
    await ok('delete', kind, name, `${name}-probe`, '--ignore-not-found');
}

/** @returns the answer, which is the same from both */
export async function same(how: string, act: (which: Which) => Promise<Answer>): Promise<Answer> {
  const [theirs, ours] = [await act('crd'), await act('ours')];
  // Generated names differ.
  const words = (answer: Answer): string => JSON.stringify(answer).replaceAll(/refused-[a-z0-9]{5}/g, 'refused-NAME');
  const comparable = ({ status, warnings, body }: Answer): Answer =>
    status < 300 ? { status, warnings, body: null } : { status, warnings, body };
  expect(words(comparable(ours)), how).toBe(words(comparable(theirs)));
  return ours;
}

const thing = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: crd },
  spec: {
    group: crdGroup,
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** Makes the custom resource for the tests of the file that calls this. */
export function withPolicies(): void {
  beforeAll(async () => {
    namespace = await cluster.makeNamespace('policies');
    front = await openFront(cluster);
    await cluster.apply([thing, sampleApp({ namespace })]);
    await ok('wait', '--for=condition=Established', `crd/${crd}`, '--timeout=30s');
  });
  afterAll(async () => {
    await unforce();
    await ok('delete', 'crd', crd, '--ignore-not-found', '--timeout=30s');
    await front.close();
    await cluster.dropNamespaces(namespace);
  });
}
