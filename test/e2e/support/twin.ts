/** Custom resources of the same shape as KubeDirectorApps, and what both have in common on the wire. */
import type { Cluster } from './cluster.ts';
import type { StreamEvent } from './watch-stream.ts';

const group = 'twin.kubedirector.example';
const plural = 'twins';
const kind = 'Twin';

export interface Twin {
  /** Resolves once kube-apiserver serves them. */
  define(): Promise<void>;
  remove(): Promise<void>;
  path(namespace: string): string;
  /** The same object as a custom resource. @param roles what the column of that name shows */
  object(app: { readonly spec?: object }, roles: string): object;
}

/** The columns of KubeDirectorApps; the one that is computed is a field here. */
const columns = [
  { name: 'App Name', type: 'string', jsonPath: '.spec.label.name', description: 'Human-readable name of the app.' },
  { name: 'Distro ID', type: 'string', jsonPath: '.spec.distroID', description: 'Series.' },
  { name: 'Version', type: 'string', jsonPath: '.spec.version', description: 'Release.' },
  { name: 'Roles', type: 'string', jsonPath: '.spec.roleText', priority: 1, description: 'Roles.' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age.' },
];

export function makeTwin(cluster: Cluster): Twin {
  const name = `${plural}.${group}`;
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    async define() {
      await cluster.apply({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural, singular: 'twin', kind, listKind: `${kind}List` },
          versions: [
            {
              ...{ name: 'v1beta1', served: true, storage: true, additionalPrinterColumns: columns },
              schema: { openAPIV3Schema: { type: 'object', properties: { spec: open } } },
            },
          ],
        },
      });
      await cluster.ok('wait', '--for=condition=Established', `crd/${name}`, '--timeout=55s');
    },
    async remove() {
      await cluster.ok('delete', 'crd', name, '--ignore-not-found', '--timeout=55s');
    },
    path: (namespace) => `/apis/${group}/v1beta1/namespaces/${namespace}/${plural}`,
    object: (app, roles) => ({
      ...{ ...app, apiVersion: `${group}/v1beta1`, kind },
      spec: { ...app.spec, roleText: roles },
    }),
  };
}

const kinds = /^(KubeDirectorApp|Twin|ConfigMap)$/;
const versions = /^(kubedirector\.hpe\.com\/v1beta1|twin\.kubedirector\.example\/v1beta1|v1)$/;

/** An event without what belongs to the object: its kind, its content, identifiers and times. */
export function shapeOf({ type, object }: StreamEvent): object {
  return { type, object: masked(object) };
}

/** The same of a whole answer: a Status or a list. */
export function shapeOfText(text: string): unknown {
  try {
    return masked(JSON.parse(text));
  } catch {
    return text;
  }
}

const ofTheObject = ['data', 'spec', 'generation', 'managedFields'];

function masked(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item) => masked(item, key === 'cells' ? 'cell' : ''));
  }
  if (typeof value === 'string') return maskedText(value, key);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !ofTheObject.includes(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, masked(inner, name)]));
}

function maskedText(text: string, key: string): string {
  switch (key) {
    case 'kind':
      return text.replace(kinds, 'KIND');
    case 'apiVersion':
      return text.replace(versions, 'VERSION');
    case 'resourceVersion':
      return text === '' ? text : 'N';
    case 'uid':
    case 'creationTimestamp':
    case 'time':
      return 'given';
    // Of columns.
    case 'description':
      return 'given';
    case 'cell':
      return /^\d+s$/.test(text) ? 'age' : text;
    case 'message':
      return text.replace(/\d+/g, 'N');
    default:
      return text;
  }
}
