/**
 * Prints openapi/kubedirector's kinds as CustomResourceDefinitions, to ask a kube-apiserver how it serves the same
 * schema: node tools/run.js tools/crd.ts [--group GROUP] KIND… > crds.json
 * The group must be another where the cluster has an APIService for ours.
 */
import { parseArgs } from 'node:util';
import { kubedirectorSchemas as kubedirector } from '../src/apis/kubedirector/schemas.gen.ts';
import kubernetes from '../openapi/kubernetes/schemas.json' with { type: 'json' };

type Schema = Record<string, unknown>;

const keptExtensions = [
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
];

/** Structural: references resolved, no defaults (they are ours to apply), no extensions a CRD refuses. */
function structural(schema: Schema, all: Record<string, Schema>): Schema {
  const reference = schema['$ref'];
  if (typeof reference === 'string') return structural(all[reference.split('/').at(-1) ?? ''] ?? {}, all);
  const parts = schema['allOf'];
  if (Array.isArray(parts) && parts.length === 1) {
    const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'allOf'));
    return { ...structural(parts[0] as Schema, all), ...structural(rest, all) };
  }
  const result: Schema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'default' || key === 'oneOf' || key === 'format') continue;
    if (key.startsWith('x-') && !keptExtensions.includes(key)) continue;
    result[key] = value;
  }
  if (schema['oneOf'] !== undefined) return { 'x-kubernetes-int-or-string': true };
  const properties = schema['properties'];
  if (typeof properties === 'object' && properties !== null) {
    result['properties'] = Object.fromEntries(
      Object.entries(properties as Record<string, Schema>).map(([name, inner]) => [name, structural(inner, all)]),
    );
  }
  // A CRD may not have both.
  if (schema['additionalProperties'] !== undefined) delete result['properties'];
  for (const key of ['items', 'additionalProperties']) {
    if (typeof schema[key] === 'object') result[key] = structural(schema[key] as Schema, all);
  }
  return result;
}

function crd(group: string, kind: string, all: Record<string, Schema>): object {
  const schema = all[`com.hpe.kubedirector.v1beta1.${kind}`];
  if (schema === undefined) throw new Error(`no kind ${kind}`);
  const { properties, ...root } = structural(schema, all) as { properties: Record<string, Schema> };
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1beta1',
          served: true,
          storage: true,
          ...('status' in properties ? { subresources: { status: {} } } : {}),
          schema: { openAPIV3Schema: { ...root, properties: { ...properties, metadata: { type: 'object' } } } },
        },
      ],
    },
  };
}

const all = { ...kubernetes.components.schemas, ...kubedirector } as Record<string, Schema>;
const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { group: { type: 'string', default: 'kubedirector.hpe.com' } },
});
const items = positionals.map((kind) => crd(values.group, kind, all));
process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1)}\n`);
