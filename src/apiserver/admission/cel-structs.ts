/**
 * The objects that mutations make: Object{…} for parts of the object, JSONPatch{…} for operations. Source:
 * k8s.io/apiserver/pkg/cel/mutation
 */
import { CelError } from '../cel/errors.ts';
import { FunctionTable, kinds, traversal } from '../cel/functions.ts';
import { equals } from '../cel/compare.ts';
import { CelMap, entryOf, isMap, keysOf, Uint, type Opaque } from '../cel/values.ts';

/** An object that an expression made, with the path of its type ("Object.spec.template"). */
export class MadeObject implements Opaque {
  readonly celType: string;
  readonly fields: ReadonlyMap<string, unknown>;

  constructor(type: string, fields: ReadonlyMap<string, unknown>) {
    this.celType = type;
    this.fields = fields;
  }

  celEquals(other: unknown): boolean {
    if (!(other instanceof MadeObject) || other.celType !== this.celType) return false;
    return (
      other.fields.size === this.fields.size &&
      [...this.fields].every(([key, value]) => equals(value, other.fields.get(key)))
    );
  }

  celField(name: string): unknown {
    return this.fields.get(name);
  }
}

const patchFields = new Set(['op', 'path', 'from', 'value']);

/** What makes objects of that type; undefined where there is no such type. */
export function structOf(type: string): ((fields: ReadonlyMap<string, unknown>) => unknown) | undefined {
  if (type === 'JSONPatch') {
    return (fields) => {
      for (const [name, value] of fields) {
        if (!patchFields.has(name)) throw new CelError(`unexpected JSONPatchType field: ${name}`);
        if (name !== 'value' && typeof value !== 'string')
          throw new CelError(`unexpected type for JSONPatchType '${name}' field`);
      }
      return new MadeObject(type, fields);
    };
  }
  if (type !== 'Object' && !type.startsWith('Object.')) return undefined;
  return (fields) => {
    for (const [name, value] of fields) {
      const expected = `${type}.${name}`;
      if (value instanceof MadeObject && value.celType !== expected)
        throw new CelError(`unexpected type of field "${name}", expected "${expected}" but got "${value.celType}"`);
    }
    return new MadeObject(type, fields);
  };
}

/** jsonpatch.escapeKey. */
export const mutationFunctions = new FunctionTable().add(
  'jsonpatch.escapeKey',
  [kinds.string],
  (key) => key.replaceAll('~', '~0').replaceAll('/', '~1'),
  traversal(),
);

/** The value as JSON. @throws CelError for values that JSON does not have */
export function toJson(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof MadeObject) return Object.fromEntries([...value.fields].map(([key, one]) => [key, toJson(one)]));
  if (value instanceof CelMap || isMap(value))
    return Object.fromEntries(keysOf(value).map((key) => [String(key), toJson(entryOf(value, key))]));
  throw new CelError('the value has no form in JSON');
}
