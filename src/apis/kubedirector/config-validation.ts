import { forbidden, invalid, notFoundValue, type FieldError } from '../../meta/field-error.ts';
import { dns1123SubdomainErrors } from '../../meta/names.ts';
import { validateOwnMetadata } from './role-validation.ts';
import { encryptionKeyError } from './secret-keys.ts';
import type { KubeDirectorConfig } from './types.ts';
import { globalConfigName } from './well-known.ts';
import type { WellShaped } from './well-shaped.ts';

interface ConfigFacts {
  readonly systemNamespace: string;
  readonly storageClasses: readonly string[];
}

/** There is one configuration. */
export function configNameErrors(name: string): string[] {
  return name === globalConfigName ? [] : [`must be "${globalConfigName}"`];
}

/** After defaulting. */
export function validateConfig(
  { metadata, spec = {} }: WellShaped<KubeDirectorConfig>,
  facts: ConfigFacts,
): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata?.namespace !== facts.systemNamespace) {
    const wanted = `must be the namespace that KubeDirector runs in, "${facts.systemNamespace}"`;
    errors.push(invalid('metadata.namespace', metadata?.namespace, wanted));
  }
  const { defaultStorageClassName, masterEncryptionKey } = spec;
  if (defaultStorageClassName !== undefined && !facts.storageClasses.includes(defaultStorageClassName)) {
    errors.push(
      notFoundValue('spec.defaultStorageClassName', defaultStorageClassName, 'must be an existing StorageClass'),
    );
  }
  const keyError = masterEncryptionKey === undefined ? undefined : encryptionKeyError(masterEncryptionKey);
  // The key itself must not appear in error messages and logs.
  if (keyError !== undefined) errors.push(invalid('spec.masterEncryptionKey', '(hidden)', keyError));
  return [...errors, ...validateDomainBase(spec.clusterSvcDomainBase), ...validateOwnMetadata(spec, 'spec')];
}

/** It comes right after a namespace, in names that members find each other by. */
function validateDomainBase(base: string | undefined): FieldError[] {
  if (base === undefined || base === '') return [];
  const isDomain = base.startsWith('.') && dns1123SubdomainErrors(base.slice(1).replace(/\.$/, '')).length === 0;
  const wanted = 'must be a dot and a DNS domain, as in .svc.cluster.local';
  return isDomain ? [] : [invalid('spec.clusterSvcDomainBase', base, wanted)];
}

/** Changes of the key that are not taken in yet, at most. */
const mostFormerKeys = 8;

/** Both after defaulting. */
export function validateConfigUpdate(
  { spec }: WellShaped<KubeDirectorConfig>,
  { spec: before, status }: KubeDirectorConfig,
): FieldError[] {
  const isChange = spec?.masterEncryptionKey !== before?.masterEncryptionKey;
  if (!isChange || (status?.formerEncryptionKeys ?? []).length < mostFormerKeys) return [];
  const why =
    'values of clusters are still encrypted with earlier keys; wait until status.formerEncryptionKeys is gone';
  return [forbidden('spec.masterEncryptionKey', why)];
}
