/** Environment variables of a container. Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidateEnv), v1.37 */
import { invalid, notSupported, required, type FieldError } from '../../../meta/field-error.ts';
import { dns1123SubdomainErrors, qualifiedNameErrors } from '../../../meta/names.ts';
import { parseQuantity } from '../../../meta/quantity.ts';

type Text = string | undefined;

interface KeyRef {
  readonly name?: Text;
  readonly key?: Text;
}

/** A variable, in whatever shape the schema has left it. */
export interface Variable {
  readonly name?: Text;
  readonly value?: Text;
  readonly valueFrom?: ValueFrom | undefined;
}

interface ValueFrom {
  readonly fieldRef?: { readonly apiVersion?: Text; readonly fieldPath?: Text } | undefined;
  readonly resourceFieldRef?: { readonly resource?: Text; readonly divisor?: string | number | undefined } | undefined;
  readonly configMapKeyRef?: KeyRef | undefined;
  readonly secretKeyRef?: KeyRef | undefined;
  readonly fileKeyRef?: unknown;
}

const nameComplaint =
  "a valid environment variable name must consist only of printable ASCII characters other than '='";
const isPrintable = (name: string): boolean => /^[ -<>-~]*$/.test(name);

/** @param path of the variable, "spec.containers[0].env[0]" */
export function variableErrors({ name, value, valueFrom }: Variable, path: string): FieldError[] {
  const nameErrors =
    name === ''
      ? [required(`${path}.name`, '')]
      : name !== undefined && !isPrintable(name)
        ? [invalid(`${path}.name`, name, nameComplaint)]
        : [];
  return [...nameErrors, ...(valueFrom === undefined ? [] : sourceErrors(valueFrom, value ?? '', `${path}.valueFrom`))];
}

function sourceErrors(from: ValueFrom, value: string, path: string): FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = from;
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(
    (source) => source !== undefined,
  ).length;
  const errors = [
    ...(fieldRef === undefined ? [] : fieldErrors(fieldRef, `${path}.fieldRef`)),
    ...(resourceFieldRef === undefined ? [] : resourceFieldErrors(resourceFieldRef, `${path}.resourceFieldRef`)),
    ...(configMapKeyRef === undefined ? [] : keyErrors(configMapKeyRef, `${path}.configMapKeyRef`)),
    ...(secretKeyRef === undefined ? [] : keyErrors(secretKeyRef, `${path}.secretKeyRef`)),
  ];
  const choices =
    'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';
  if (sources === 0) errors.push(invalid(path, '', choices));
  else if (value !== '') errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

const envFields = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
];
/** Fields of a pod that can be referred to at all. */
const podFields = [
  ...envFields,
  ...[
    'metadata.annotations',
    'metadata.labels',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.host',
    'status.phase',
  ],
];

function fieldErrors({ apiVersion = 'v1', fieldPath }: NonNullable<ValueFrom['fieldRef']>, path: string): FieldError[] {
  if (fieldPath === undefined) return [];
  if (fieldPath === '') return [required(`${path}.fieldPath`, '')];
  const refuse = (why: string): FieldError[] => [
    invalid(`${path}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`),
  ];
  if (apiVersion !== 'v1') return refuse(`unsupported pod version: ${apiVersion}`);
  const start = fieldPath.endsWith("']") ? fieldPath.indexOf("['") : -1;
  if (start > 0) {
    const subscript = fieldPath.slice(start + 2, -2);
    const owner = fieldPath.slice(0, start);
    if (owner === 'metadata.annotations') return subscriptErrors(subscript.toLowerCase(), path);
    if (owner === 'metadata.labels') return subscriptErrors(subscript, path);
    return refuse(`field label does not support subscript: ${fieldPath}`);
  }
  if (!podFields.includes(fieldPath)) return refuse(`field label not supported: ${fieldPath}`);
  const known = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  return envFields.includes(known) ? [] : [notSupported(`${path}.fieldPath`, known, envFields)];
}

const subscriptErrors = (subscript: string, path: string): FieldError[] =>
  qualifiedNameErrors(subscript).map((text) => invalid(path, subscript, text));

const resourceFields = ['limits', 'requests'].flatMap((list) =>
  ['cpu', 'ephemeral-storage', 'memory'].map((name) => `${list}.${name}`),
);
const byteDivisors = [
  '1',
  ...['k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit) => `1${unit}`),
];

function resourceFieldErrors(
  { resource, divisor }: NonNullable<ValueFrom['resourceFieldRef']>,
  path: string,
): FieldError[] {
  if (resource === undefined) return [];
  if (resource === '') return [required(`${path}.resource`, '')];
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  if (!resourceFields.includes(resource) && !isHugePages) {
    return [notSupported(`${path}.resource`, resource, resourceFields)];
  }
  const unit = divisor === undefined ? undefined : parseQuantity(String(divisor));
  if (unit === undefined || unit.sign() === 0) return [];
  const [, name = ''] = resource.split('.');
  const allowed = name === 'cpu' ? ['1m', '1'] : byteDivisors;
  if (allowed.includes(unit.toString())) return [];
  const what = isHugePages ? 'hugepages' : name === 'ephemeral-storage' ? 'local ephemeral storage' : name;
  const values = name === 'cpu' ? '1m and 1' : byteDivisors.join(', ');
  return [
    invalid(`${path}.divisor`, resource, `only divisor's values ${values} are supported with the ${what} resource`),
  ];
}

function keyErrors({ name, key }: KeyRef, path: string): FieldError[] {
  const errors =
    name === undefined ? [] : dns1123SubdomainErrors(name).map((text) => invalid(`${path}.name`, name, text));
  if (key === undefined) return errors;
  if (key === '') return [...errors, required(`${path}.key`, '')];
  return [...errors, ...dataKeyErrors(key).map((text) => invalid(`${path}.key`, key, text))];
}

/** Source: k8s.io/apimachinery/pkg/util/validation IsConfigMapKey */
function dataKeyErrors(key: string): string[] {
  const errors = key.length > 253 ? ['must be no more than 253 bytes'] : [];
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    const complaint = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
    errors.push(
      `${complaint} (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    );
  }
  if (key === '.') errors.push("must not be '.'");
  else if (key.startsWith('..')) errors.push(key === '..' ? "must not be '..'" : "must not start with '..'");
  return errors;
}
