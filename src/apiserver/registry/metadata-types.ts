/**
 * Whether metadata can be read as Kubernetes' Go type, with Go's own error messages, which clients and people know.
 * Source: k8s.io/apimachinery/pkg/apis/meta/v1/types.go (ObjectMeta), recorded from a kube-apiserver 1.37
 */
import { isJsonObject, type JsonObject } from '../../meta/json.ts';
import { isDateTime } from '../../schema/formats.ts';

/**
 * An error message; undefined if the value can be read. The field is the whole path, behind the name of the Go struct that
 * has it.
 */
type Check = (value: unknown, field: string) => string | undefined;

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

const cannot = (got: string, field: string, type: string): string =>
  `json: cannot unmarshal ${got} into Go struct field ${field} of type ${type}`;

const text =
  (type = 'string'): Check =>
  (value, field) =>
    typeof value === 'string' ? undefined : cannot(kindOf(value), field, type);

const bool: Check = (value, field) => (typeof value === 'boolean' ? undefined : cannot(kindOf(value), field, 'bool'));

const int64: Check = (value, field) => {
  if (typeof value !== 'number') return cannot(kindOf(value), field, 'int64');
  const fits = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
  return fits ? undefined : cannot(`number ${JSON.stringify(value)}`, field, 'int64');
};

const time: Check = (value, field) => {
  if (typeof value !== 'string') return cannot(kindOf(value), field, 'string');
  if (isDateTime(value)) return undefined;
  const quoted = JSON.stringify(value.slice(0, 64));
  return `parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`;
};

const texts: Check = (value, field) => {
  if (!isJsonObject(value)) return cannot(kindOf(value), field, 'map[string]string');
  return first(Object.values(value), field, text());
};

const list =
  (type: string, element: Check): Check =>
  (value, field) =>
    Array.isArray(value) ? first(value, field, element) : cannot(kindOf(value), field, `[]${type}`);

const struct =
  (type: string, members: Readonly<Record<string, Check>>): Check =>
  (value, field) => {
    if (!isJsonObject(value)) return cannot(kindOf(value), field, type);
    return firstMember(value, members, field.replace(/^\w+/, type.slice('v1.'.length)));
  };

const anything: Check = () => undefined;

function first(values: readonly unknown[], field: string, check: Check): string | undefined {
  for (const value of values) {
    const complaint = value === null ? undefined : check(value, field);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function firstMember(
  object: JsonObject,
  members: Readonly<Record<string, Check>>,
  whole: string,
  before: JsonObject = {},
): string | undefined {
  for (const [name, check] of Object.entries(members)) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    // Null means absent everywhere.
    if (value === undefined || value === null || value === before[name]) continue;
    const complaint = check(value, `${whole}.${name}`);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

const ownerReference = struct('v1.OwnerReference', {
  ...{ apiVersion: text(), kind: text(), name: text(), uid: text('types.UID') },
  ...{ controller: bool, blockOwnerDeletion: bool },
});

const managedFieldsEntry = struct('v1.ManagedFieldsEntry', {
  ...{ manager: text(), operation: text('v1.ManagedFieldsOperationType'), apiVersion: text(), time },
  ...{ fieldsType: text(), fieldsV1: anything, subresource: text() },
});

const objectMeta: Readonly<Record<string, Check>> = {
  ...{ name: text(), generateName: text(), namespace: text(), selfLink: text() },
  ...{ uid: text('types.UID'), resourceVersion: text(), generation: int64 },
  ...{ creationTimestamp: time, deletionTimestamp: time, deletionGracePeriodSeconds: int64 },
  ...{ labels: texts, annotations: texts },
  ownerReferences: list('v1.OwnerReference', ownerReference),
  finalizers: list('string', text()),
  managedFields: list('v1.ManagedFieldsEntry', managedFieldsEntry),
};

/**
 * The first field of metadata with the wrong type, in Go's words; undefined if all can be read.
 * @param before metadata that can be read; fields that are the very same in it are not looked at
 */
export function metadataTypeProblem(metadata: JsonObject, before?: JsonObject): string | undefined {
  return firstMember(metadata, objectMeta, 'ObjectMeta', before);
}
