import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Json = { [key: string]: unknown };

const prefix = 'com.hpe.kubedirector.v1beta1.';
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const group = 'kubedirector.hpe.com';
const version = 'v1beta1';
const namesKey = 'x-kubedirector-resource';

/** The fields every object has, described as Kubernetes describes them. */
const objectFields: Readonly<Record<string, Json>> = {
  ApiVersion: {
    type: 'string',
    description:
      'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  },
  Kind: {
    type: 'string',
    description:
      'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  },
  ObjectMeta: {
    allOf: [{ $ref: `#/components/schemas/${meta}ObjectMeta` }],
    description:
      "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  },
};

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export interface KubedirectorDocument {
  /** Full names to schemas, as served. */
  readonly schemas: Readonly<Record<string, Json>>;
  /** Kind to how it is served. */
  readonly resources: Readonly<Record<string, Json>>;
  /** Names of the Kubernetes schemas that ours refer to. */
  readonly imported: readonly string[];
}

/**
 * The group's schemas from a folder of YAML files, references resolved to full names.
 * @throws Error naming the schema and the place where something in them does not hold together
 */
export function kubedirectorDocument(folder: string, kubernetesFile: string): KubedirectorDocument {
  const kubernetes = parse(readFileSync(kubernetesFile, 'utf8')) as { components: { schemas: Json } };
  const source: Record<string, Json> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
    for (const [name, schema] of Object.entries(
      parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Json>,
    )) {
      if (name in source) throw new Error(`${file}: ${name} is there twice`);
      source[name] = schema;
    }
  }
  const imported = new Set<string>();

  function target(reference: string, where: string): string {
    if (reference in kubernetes.components.schemas) {
      imported.add(reference);
      return reference;
    }
    if (!(reference in source)) throw new Error(`${where}: no schema ${reference}`);
    return prefix + reference;
  }

  /** A schema with its references resolved; keywords beside a reference make it an allOf, as Kubernetes has them. */
  function resolve(schema: unknown, where: string): unknown {
    if (schema === null) throw new Error(`${where}: empty; is there a comma in an unquoted text?`);
    if (Array.isArray(schema)) return schema.map((item, index) => resolve(item, `${where}[${index}]`));
    if (!isObject(schema)) return schema;
    const { $ref: reference, ...rest } = schema;
    const siblings = Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, resolve(value, `${where}.${key}`)]),
    );
    if (typeof reference !== 'string') return siblings;
    const fields = objectFields[reference];
    if (fields !== undefined) {
      if (reference === 'ObjectMeta') imported.add(`${meta}ObjectMeta`);
      return fields;
    }
    const $ref = `#/components/schemas/${target(reference, where)}`;
    return Object.keys(siblings).length === 0 ? { $ref } : { allOf: [{ $ref }], ...siblings };
  }

  const schemas: Record<string, Json> = {};
  const resources: Record<string, Json> = {};
  for (const name of Object.keys(source).sort()) {
    const { [namesKey]: names, ...schema } = source[name] ?? {};
    checkDescriptions(schema, name);
    const resolved = resolve(schema, name) as Json;
    const isKind = isObject(schema['properties']) && 'metadata' in schema['properties'];
    schemas[prefix + name] = isKind
      ? { ...resolved, 'x-kubernetes-group-version-kind': [{ group, kind: name, version }] }
      : resolved;
    if (isObject(names)) resources[name] = names;
  }
  return { schemas, resources, imported: [...imported].sort() };
}

/** Every schema and every property of it must say what it is. */
function checkDescriptions(schema: Json, where: string): void {
  if (typeof schema['description'] !== 'string') throw new Error(`${where}: no description`);
  if (!isObject(schema['properties'])) return;
  for (const [name, property] of Object.entries(schema['properties'])) {
    if (!isObject(property)) throw new Error(`${where}.${name}: not a schema`);
    const isObjectField = typeof property['$ref'] === 'string' && property['$ref'] in objectFields;
    if (!isObjectField && typeof property['description'] !== 'string') {
      throw new Error(`${where}.${name}: no description`);
    }
    for (const key of Object.keys(property)) {
      if (!keywords.has(key) && !key.startsWith('x-kubernetes-'))
        throw new Error(`${where}.${name}: unknown keyword ${key}`);
    }
  }
}

const keywords = new Set(
  '$ref type format description nullable default enum pattern minLength maxLength minimum maximum minItems maxItems items properties additionalProperties required'.split(
    ' ',
  ),
);
