/** core/v1 ConfigMaps, Secrets and ServiceAccounts. */
import type { ConfigMap, Secret, ServiceAccount } from '../../apis/kubernetes/types.ts';
import { forbidden, invalid, required, tooLong, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import type { ResourceDefinition } from '../../apiserver/resource.ts';
import { ageColumn, nativeDefinition, textColumn, type DefinitionDeps } from '../native.ts';

/** The most bytes that all values of one object may have together. */
const maxSize = 1_048_576;

function keyErrors(field: string, map: Readonly<Record<string, string>> | undefined): FieldError[] {
  return Object.keys(map ?? {}).flatMap((key) => {
    const at = `${field}[${key}]`;
    if (key === '.' || key === '..') return [invalid(at, key, `must not be '${key}'`)];
    if (key.startsWith('..')) return [invalid(at, key, "must not start with '..'")];
    if (key.length > 253) return [invalid(at, key, 'must be no more than 253 bytes')];
    return /^[-._a-zA-Z0-9]+$/.test(key)
      ? []
      : [
          invalid(
            at,
            key,
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          ),
        ];
  });
}

const sizeOf = (map: Readonly<Record<string, string>> | undefined, encoding: BufferEncoding): number =>
  Object.values(map ?? {}).reduce((sum, value) => sum + Buffer.byteLength(value, encoding), 0);

/** Refuses changes of an object that is marked `immutable: true`. */
function frozenErrors<T extends { immutable?: boolean }>(
  now: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (old.immutable !== true) return [];
  const detail = 'field is immutable when `immutable` is set';
  return [
    ...(now.immutable === true ? [] : [forbidden('immutable', detail)]),
    ...fields.filter((field) => !deepEqual(now[field], old[field])).map((field) => forbidden(field, detail)),
  ];
}

function configMapErrors(map: ConfigMap): FieldError[] {
  const both = Object.keys(map.data ?? {}).filter((key) => Object.hasOwn(map.binaryData ?? {}, key));
  const size = sizeOf(map.data, 'utf8') + sizeOf(map.binaryData, 'base64');
  return [
    ...keyErrors('data', map.data),
    ...keyErrors('binaryData', map.binaryData),
    ...both.map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...(size > maxSize ? [tooLong('', maxSize)] : []),
  ];
}

/** ConfigMaps: at most 1 MiB of values, and no changes once `immutable` is true. */
export function configMapDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<ConfigMap>(deps, {
    plural: 'configmaps',
    kind: 'ConfigMap',
    shortNames: ['cm'],
    schema: 'core.v1.ConfigMap',
    columns: [
      {
        name: 'Data',
        type: 'string',
        description: 'How many keys it holds.',
        priority: 0,
        value: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
      },
      ageColumn(),
    ],
    strategy: {
      hasGeneration: false,
      validateCreate: (_context, map) => configMapErrors(map),
      validateUpdate: (_context, map, old) => [
        ...frozenErrors(map, old, ['data', 'binaryData']),
        ...configMapErrors(map),
      ],
    },
  });
}

/** The keys that each type of Secret must hold. Where the rule lists alternatives, one of them is enough. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

function secretErrors(secret: Secret): FieldError[] {
  const data = secret.data ?? {};
  const missing = (requiredKeys[secret.type ?? ''] ?? []).filter((key) => !Object.hasOwn(data, key));
  const errors = [...keyErrors('data', data), ...missing.map((key) => required(`data[${key}]`, ''))];
  if (sizeOf(data, 'base64') > maxSize) errors.push(tooLong('data', maxSize));
  if (secret.type === 'kubernetes.io/basic-auth' && !('username' in data) && !('password' in data)) {
    errors.push(required('data[username]', ''), required('data[password]', ''));
  }
  const account = 'kubernetes.io/service-account.name';
  if (secret.type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[account]) {
    errors.push(required(`metadata.annotations[${account}]`, ''));
  }
  return errors;
}

/**
 * stringData can only be written. It is merged into data and never returned. Source: Convert_v1_Secret_To_core_Secret and
 * SetDefaults_Secret in k8s.io/kubernetes/pkg/apis/core/v1
 */
function defaultSecret(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  const encoded = Object.entries(stringData ?? {}).map(
    ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
  );
  const data = { ...rest.data, ...Object.fromEntries(encoded) };
  return { ...rest, type: rest.type || 'Opaque', ...(rest.data || encoded.length > 0 ? { data } : {}) };
}

/** Secrets: `stringData` is merged into `data`, and each known type must hold its required keys. */
export function secretDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<Secret>(deps, {
    plural: 'secrets',
    kind: 'Secret',
    schema: 'core.v1.Secret',
    columns: [
      textColumn('Type', 'Used to facilitate programmatic handling of secret data.', ({ type }) => type ?? 'Opaque'),
      {
        name: 'Data',
        type: 'string',
        description: 'How many keys it holds.',
        priority: 0,
        value: ({ data }) => Object.keys(data ?? {}).length,
      },
      ageColumn(),
    ],
    selectableFields: { type: ({ type }) => type ?? '' },
    defaults: defaultSecret,
    strategy: {
      hasGeneration: false,
      validateCreate: (_context, secret) => secretErrors(secret),
      validateUpdate: (_context, secret, old) => [
        ...(secret.type === old.type ? [] : [invalid('type', secret.type, 'field is immutable')]),
        ...frozenErrors(secret, old, ['data']),
        ...secretErrors(secret),
      ],
    },
  });
}

/** ServiceAccounts. The playground issues no tokens for them. */
export function serviceAccountDefinition(deps: DefinitionDeps): ResourceDefinition {
  return nativeDefinition<ServiceAccount>(deps, {
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    schema: 'core.v1.ServiceAccount',
    columns: [ageColumn()],
    strategy: { hasGeneration: false },
  });
}
