/** Webhooks for our kinds and for a custom resource, which must do the same to both. */
import type { LocalWebhook } from '../../support/webhook.ts';
import { clusterOf, eventually } from './cluster.ts';
import type { Asked, Front } from './front.ts';
import { installation } from './installation.ts';
import { group, sampleCluster } from './samples.ts';

/** In form node, the server's 127.0.0.1 is not this machine's. */
const { form } = installation();
export const why = form === 'host' ? '' : ' (skipped: a server in a pod does not reach a webhook in this process)';

export const cluster = clusterOf(installation());
export const { ok, kubectl } = cluster;
export const name = 'e2e-admission';
export const crdGroup = 'admission.e2e.example';
export const crd = `things.${crdGroup}`;
export let namespace: string;

export function setNamespace(next: string): void {
  namespace = next;
}

export let front: Front;

export function setFront(next: Front): void {
  front = next;
}

export let webhook: LocalWebhook;

export function setWebhook(next: LocalWebhook): void {
  webhook = next;
}

export const inNamespace = (): string => `--namespace=${namespace}`;

/** A custom resource that kube-apiserver serves, and ours: both must be treated alike. */
const resources = {
  crd: {
    path: () => `/apis/${crdGroup}/v1/namespaces/${namespace}/things`,
    object: (metadata: object) => ({ apiVersion: `${crdGroup}/v1`, kind: 'Thing', metadata, spec: { replicas: 1 } }),
    groupResource: `things.${crdGroup}`,
  },
  ours: {
    path: () => `/apis/${group}/v1beta1/namespaces/${namespace}/kubedirectorclusters`,
    object: (metadata: object) => ({ ...sampleCluster({ namespace, name: '' }), metadata }),
    groupResource: `kubedirectorclusters.${group}`,
  },
};
type Which = keyof typeof resources;
export const both: readonly Which[] = ['crd', 'ours'];

export function ask(which: Which, path: string, asked: Asked): Promise<{ status: number; text: string }> {
  return front.ask(`${resources[which].path()}${path}`, asked);
}

export function create(which: Which, metadata: object, query = ''): Promise<{ status: number; text: string }> {
  return ask(which, query, { method: 'POST', body: JSON.stringify(resources[which].object(metadata)) });
}

/** With the names of the resources replaced, which must differ. */
export async function outcome(which: Which, answer: Promise<{ status: number; text: string }>): Promise<unknown> {
  const { status, text } = await answer;
  const { groupResource } = resources[which];
  const [plural = '', ofGroup = ''] = groupResource.split(/\.(.*)/);
  const details = text
    .replaceAll(`"kind":"${plural}"`, '"kind":"PLURAL"')
    .replaceAll(`"group":"${ofGroup}"`, '"group":"GROUP"');
  return JSON.parse(`{"status":${status},"body":${details.replaceAll(groupResource, 'RESOURCE')}}`);
}

type Hook = Readonly<Record<string, unknown>>;
let made = 0;

/** A configuration of one webhook, which selects both resources in the test's namespace alone. */
export async function configure(type: 'Mutating' | 'Validating', hook: Hook, path = '/hook'): Promise<void> {
  const metadata = { name: `${name}-${type.toLowerCase()}` };
  const probe = `probe-${made++}`;
  const common = {
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    timeoutSeconds: 5,
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    objectSelector: { matchExpressions: [{ key: 'probe', operator: 'DoesNotExist' }] },
  };
  const ofBoth = { apiGroups: [group, crdGroup], apiVersions: ['*'] };
  const webhooks = [
    {
      name: 'hook.e2e.example',
      clientConfig: webhook.clientConfig(path),
      rules: [{ operations: ['*'], resources: ['things', 'kubedirectorclusters'], ...ofBoth }],
      ...common,
      ...hook,
    },
    // Shows when the configuration is in force: it refuses objects with its label.
    {
      ...common,
      name: 'probe.e2e.example',
      clientConfig: webhook.clientConfig(`/${probe}`),
      rules: [{ operations: ['CREATE'], resources: ['things', 'kubedirectorclusters'], ...ofBoth }],
      objectSelector: { matchLabels: { probe } },
    },
  ];
  webhook.answers.set(`/${probe}`, () => ({ allowed: false }));
  const kind = `${type}WebhookConfiguration`;
  await cluster.apply({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata, webhooks });
  for (const which of both) {
    await eventually(`the ${kind} to be in force for ${which}`, async () => {
      const { text } = await create(which, { name: 'probe', labels: { probe } }, '?dryRun=All');
      return text.includes('probe.e2e.example');
    });
  }
  webhook.asked.length = 0;
}

export async function unconfigure(): Promise<void> {
  for (const type of ['mutating', 'validating']) {
    await ok('delete', `${type}webhookconfiguration`, `${name}-${type}`, '--ignore-not-found');
  }
  for (const which of both) {
    await eventually('the configurations to be gone', async () => {
      webhook.asked.length = 0;
      await create(which, { name: 'gone' }, '?dryRun=All');
      return webhook.asked.length === 0;
    });
  }
}

export const thing = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: crd },
  spec: {
    group: crdGroup,
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
