/** What a configuration must be. Rules and wording: k8s.io/apiserver/pkg/apis/apiserver/validation */
import { invalid, required, type FieldError } from '../../meta/field-error.ts';
import { durationMs } from '../../meta/go-duration.ts';
import {
  parseGroupResource,
  type EncryptionConfiguration,
  type Key,
  type KeysConfiguration,
  type KmsConfiguration,
  type ProviderConfiguration,
} from './configuration.ts';
import { decodeSecret } from './secret.ts';

const providers = ['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const;
/** Bytes. */
const keySizes = { aesgcm: [16, 24, 32], aescbc: [16, 24, 32], secretbox: [32] } as const;

/** Everything that is wrong with the configuration; never with a secret in it. */
export function validateConfiguration(configuration: EncryptionConfiguration): FieldError[] {
  const { resources } = configuration;
  if (resources.length === 0) return [required('resources', 'at least one resources is required')];
  const errors = resources.flatMap((entry, index) => {
    const at = `resources[${index}]`;
    return [
      ...validateResources(entry.resources, `${at}.resources`),
      ...(entry.providers.length === 0 ? [atLeastOne(`${at}.providers`)] : []),
      ...entry.providers.flatMap((provider, place) => validateProvider(provider, `${at}.providers[${place}]`)),
    ];
  });
  return [...errors, ...maskedRules(resources.map((entry) => entry.resources)), ...duplicateKms(configuration)];
}

const atLeastOne = (field: string): FieldError => required(field, `at least one ${field} is required`);

function validateResources(names: readonly string[], field: string): FieldError[] {
  if (names.length === 0) return [atLeastOne(field)];
  const errors = names.flatMap((name, index) => validateName(name, `${field}[${index}]`));
  if (new Set(names).size < names.length) {
    errors.push(invalid(field, names, 'the same resource cannot be specified multiple times'));
  }
  if (new Set(names).size > 1 && names.some((name) => masks(name, names))) {
    const detail =
      "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
    errors.push(invalid(field, names, detail));
  }
  return errors;
}

/** Whether the name stands for another one of the list, too. */
function masks(name: string, names: readonly string[]): boolean {
  const { group, resource } = parseGroupResource(name);
  if (resource !== '*') return false;
  return names.some((other) => other !== name && (group === '*' || parseGroupResource(other).group === group));
}

function validateName(name: string, field: string): FieldError[] {
  const { group, resource } = parseGroupResource(name);
  if (name.toLowerCase() !== name) return [invalid(field, name, 'resource name should not contain capital letters')];
  if (name === '*') {
    const detail = "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
    return [invalid(field, name, detail)];
  }
  if (group === '*' && resource !== '*') {
    return [invalid(field, name, 'encrypting the same resource across groups is not supported')];
  }
  return [];
}

function validateProvider(provider: ProviderConfiguration, field: string): FieldError[] {
  const given = providers.filter((name) => provider[name] !== undefined);
  const [name] = given;
  if (name === undefined) {
    const detail = 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity';
    return [invalid(field, 'REDACTED', detail)];
  }
  if (given.length > 1) {
    const detail = 'more than one provider specified in a single element, should split into different list elements';
    return [invalid(field, 'REDACTED', detail)];
  }
  if (name === 'identity') return [];
  if (name === 'kms') return validateKms(provider.kms, `${field}.kms`);
  return validateKeys(provider[name], `${field}.${name}.keys`, keySizes[name]);
}

function validateKms(kms: KmsConfiguration | undefined, field: string): FieldError[] {
  if (kms === undefined) return [];
  const { apiVersion = 'v1', name, endpoint, timeout, cachesize } = kms;
  const errors: FieldError[] = [];
  if (apiVersion !== 'v2') {
    errors.push(
      invalid(`${field}.apiVersion`, apiVersion, 'unsupported apiVersion for KMS provider, only v2 is supported'),
    );
  }
  if (name === '') errors.push(required(`${field}.name`, 'name is a mandatory field for a provider'));
  if (name.includes(':')) {
    errors.push(invalid(`${field}.name`, name, `invalid KMS provider name ${name}, must not contain ':'`));
  }
  if (!/^unix:\/\/\/[^@]/.test(endpoint)) {
    const detail = 'unsupported endpoint for KMS provider, only unix:///PATH is supported';
    errors.push(invalid(`${field}.endpoint`, endpoint, detail));
  }
  if (timeout !== undefined && (durationMs(timeout) ?? 0) <= 0) {
    errors.push(invalid(`${field}.timeout`, timeout, 'timeout should be a positive value'));
  }
  if (cachesize !== undefined)
    errors.push(invalid(`${field}.cachesize`, cachesize, 'cachesize is not supported in v2'));
  return errors;
}

/** Each plugin is configured once: its name stands before the values. */
function duplicateKms({ resources }: EncryptionConfiguration): FieldError[] {
  const seen = new Set<string>();
  return resources.flatMap((entry, index) =>
    entry.providers.flatMap(({ kms }, place) => {
      if (kms === undefined) return [];
      const field = `resources[${index}].providers[${place}].kms.name`;
      if (seen.has(kms.name)) {
        return [invalid(field, kms.name, `duplicate KMS provider name ${kms.name}, names must be unique`)];
      }
      seen.add(kms.name);
      return [];
    }),
  );
}

function validateKeys(
  { keys }: KeysConfiguration = { keys: [] },
  field: string,
  sizes: readonly number[],
): FieldError[] {
  if (keys.length === 0) return [required(field, 'at least one keys is required')];
  return keys.flatMap((key, index) => validateKey(key, `${field}[${index}]`, sizes));
}

function validateKey({ name, secret }: Key, field: string, sizes: readonly number[]): FieldError[] {
  const errors = name === '' ? [required(`${field}.name`, 'name is a mandatory field for a key')] : [];
  if (secret === '') return [...errors, required(`${field}.secret`, 'secret is a mandatory field for a key')];
  const bytes = decodeSecret(secret);
  if (bytes === undefined) {
    return [...errors, invalid(`${field}.secret`, 'REDACTED', 'secrets must be base64 encoded')];
  }
  if (!sizes.includes(bytes.length)) {
    const detail = `secret is not of the expected length, got ${bytes.length}, expected one of [${sizes.join(' ')}]`;
    errors.push(invalid(`${field}.secret`, 'REDACTED', detail));
  }
  return errors;
}

/** A list is of no use if an earlier one stands for all of its group, or for everything. */
function maskedRules(lists: readonly (readonly string[])[]): FieldError[] {
  const wide = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, list] of lists.entries()) {
    const before = new Set(wide);
    for (const [place, name] of list.entries()) {
      const { group, resource } = parseGroupResource(name);
      const mask = [`*.${group}`, '*.*'].find((rule) => before.has(rule));
      if (mask !== undefined) {
        errors.push(
          invalid(`resources[${index}].resources[${place}]`, name, `it is masked by the earlier rule ${mask}`),
        );
      }
      if (resource === '*') wide.add(name);
    }
  }
  return errors;
}
