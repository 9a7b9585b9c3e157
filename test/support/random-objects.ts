/** Objects of any content that a schema allows, by a seed. */
import type { JsonObject } from '../../src/meta/json.ts';
import type { KubeObject } from '../../src/meta/object.ts';
import type { OpenApiSchema, ResourceSchema, SchemaNode } from '../../src/schema/contract.ts';

const words = ['', 'a', 'red', 'Ünïcode', '0', 'true', 'a/b~c', ' ', '{"json": 1}', 'line\nline'];
const maxDepth = 12;

/**
 * An object of the kind: each part may be missing, and every value has the type that its schema says. It need not be valid:
 * patterns and limits are not looked at, but keys of list maps are unique.
 */
export function randomObject(
  schema: ResourceSchema,
  type: { readonly apiVersion: string; readonly kind: string },
  random: () => number,
): KubeObject {
  const made = new Maker(random);
  const content = made.object(schema.root, 0, new Set(['apiVersion', 'kind', 'metadata']));
  const { labels, annotations } = { labels: made.texts(), annotations: made.texts() };
  const metadata = {
    name: 'one',
    namespace: 'default',
    uid: 'u',
    ...made.some({ labels }),
    ...made.some({ annotations }),
  };
  return { ...type, metadata, ...content };
}

class Maker {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  some<V extends object>(value: V): V | Record<string, never> {
    return this.#random() < 0.5 ? value : {};
  }

  texts(): Record<string, string> {
    const keys = ['app', 'example.com/a', 'b'].filter(() => this.#random() < 0.6);
    return Object.fromEntries((keys.length > 0 ? keys : ['b']).map((key) => [key, this.#pick(words)]));
  }

  object(node: SchemaNode, depth: number, without: ReadonlySet<string> = new Set()): JsonObject {
    const { properties = {}, required = [] } = node.schema;
    const made: JsonObject = {};
    for (const name of Object.keys(properties)) {
      const part = node.property(name);
      const isThere = required.includes(name) || this.#random() < (depth < maxDepth ? 0.6 : 0);
      if (part !== undefined && isThere && !without.has(name)) made[name] = this.#value(part, depth + 1);
    }
    const more = node.additional();
    if (more !== undefined) for (const name of Object.keys(this.texts())) made[name] = this.#value(more, depth + 1);
    return made;
  }

  #value(node: SchemaNode, depth: number): unknown {
    const { schema } = node;
    if (schema.enum !== undefined) return this.#pick(schema.enum);
    if (schema['x-kubernetes-int-or-string'] === true) return this.#pick([this.#integer(), this.#pick(words)]);
    switch (schema.type) {
      case 'object':
        return this.object(node, depth);
      case 'array':
        return this.#list(node, depth);
      case 'integer':
        return this.#integer();
      case 'number':
        return this.#integer() / 4;
      case 'boolean':
        return this.#random() < 0.5;
      case 'string':
        return schema.format === 'date-time' ? '2026-01-02T03:04:05Z' : this.#pick(words);
      default:
        return this.#pick([...words, this.#integer()]);
    }
  }

  #list(node: SchemaNode, depth: number): unknown[] {
    const item = node.items();
    if (item === undefined || depth >= maxDepth) return [];
    const made = Array.from({ length: Math.floor(this.#random() * 4) }, () => this.#value(item, depth + 1));
    const keyed = new Map(made.map((value) => [keyOf(node.schema, value), value]));
    return [...keyed.values()];
  }

  #integer(): number {
    return this.#pick([0, 1, -1, 7, 2_147_483_647, Math.floor(this.#random() * 1_000)]);
  }

  #pick<V>(values: readonly V[]): V {
    const value = values[Math.floor(this.#random() * values.length)];
    if (value === undefined) throw new Error('there is nothing to choose from');
    return value;
  }
}

/** What may be in a list once. */
function keyOf(schema: OpenApiSchema, value: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (keys !== undefined) return JSON.stringify(keys.map((key) => (value as JsonObject)[key]));
  return schema['x-kubernetes-list-type'] === 'set' ? JSON.stringify(value) : Symbol('any');
}
