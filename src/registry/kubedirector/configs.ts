/** kubedirectorconfigs */
import { forbidden, type FieldError } from '../../meta/field-error.ts';
import { deepEqual } from '../../meta/json.ts';
import type { Stored } from '../../meta/object.ts';
import { defaultConfig, withFormerKeys } from '../../apis/kubedirector/config-defaulting.ts';
import { configNameErrors, validateConfig, validateConfigUpdate } from '../../apis/kubedirector/config-validation.ts';
import type { Lookup } from '../../apis/kubedirector/lookup.ts';
import type { RandomBytes } from '../../apis/kubedirector/secret-keys.ts';
import type { KubeDirectorConfig } from '../../apis/kubedirector/types.ts';
import { inUseFinalizer } from '../../apis/kubedirector/well-known.ts';
import { changeWellShaped, wellShaped } from '../../apis/kubedirector/well-shaped.ts';
import type { CallContext, Guard, Redaction, ResourceDefinition, Strategy } from '../../apiserver/resource.ts';
import type { AccessReviewer } from '../../clients/contract.ts';
import type { BaseDefinition } from './definition.ts';
import { configRedaction } from './redactions.ts';
import { configReference, isLetGo } from './use-guards.ts';

interface ConfigDependencies {
  readonly lookup: Lookup;
  /** Whether the namespace itself is being deleted: nothing holds what is in it. */
  readonly isEnding: (namespace: string) => boolean;
  readonly randomBytes: RandomBytes;
  /** Who may read the key; absent: nobody may. */
  readonly access?: AccessReviewer;
}

/** KubeDirectorConfigs. */
export function configsDefinition(
  base: BaseDefinition<KubeDirectorConfig>,
  dependencies: ConfigDependencies,
): ResourceDefinition<KubeDirectorConfig> {
  const redaction = configRedaction(dependencies.access);
  const strategy = configStrategy(base, { ...dependencies, redaction });
  return { ...base, strategy, redaction, subresources: { status: { type: 'status' } } };
}

/** Whether the field of the spec that a finding is about differs; all else can't change. */
function hasChanged(field: string, { spec }: KubeDirectorConfig, old: KubeDirectorConfig): boolean {
  const name = /^spec\.(\w+)/.exec(field)?.[1];
  const of = (record: object | undefined): unknown => Object.entries(record ?? {}).find(([key]) => key === name)?.[1];
  return name !== undefined && !deepEqual(of(spec), of(old.spec));
}

function configStrategy(
  base: BaseDefinition<KubeDirectorConfig>,
  {
    lookup,
    isEnding,
    randomBytes,
    redaction,
  }: ConfigDependencies & { readonly redaction: Redaction<KubeDirectorConfig> },
): Strategy<KubeDirectorConfig> {
  const shaped = (config: KubeDirectorConfig) => wellShaped(base.schema.root, config);
  const prepare = (config: KubeDirectorConfig, old?: KubeDirectorConfig) =>
    changeWellShaped(base.schema.root, config, (sane) => defaultConfig(sane, randomBytes, old));
  const validate = (config: KubeDirectorConfig) =>
    validateConfig(shaped(config), {
      systemNamespace: lookup.systemNamespace,
      storageClasses: lookup.storageClasses().flatMap(({ metadata }) => metadata.name ?? []),
    });
  // Every cluster may have secrets of its key: none may come while it is asked whether there are any.
  const withoutNewClusters = ({ metadata: { name, namespace = '' } }: Stored<KubeDirectorConfig>): Guard => ({
    unchanged: [configReference({ namespace, name })],
  });
  return {
    guardUpdate: (config, old) =>
      config.spec?.masterEncryptionKey === old.spec?.masterEncryptionKey && !isLetGo(config, old)
        ? undefined
        : withoutNewClusters(old),
    guardDelete: withoutNewClusters,
    referenceKeys: (target) => [configReference(target)],
    validateName: configNameErrors,
    prepareForCreate: (_context, config) => prepare(config),
    prepareForUpdate(_context, config, old) {
      if (deepEqual(config.spec, old.spec)) return config;
      const before = base.schema.readable(old);
      const next = prepare(config, before);
      return lookup.anyCluster() ? withFormerKeys(next, before) : next;
    },
    validateCreate: (_context, config) => validate(config),
    validateUpdate: async (context, config, old) => [
      ...validateConfigUpdate(shaped(config), base.schema.readable(old)),
      ...(hasChanged('spec.masterEncryptionKey', config, old) && lookup.anyCluster()
        ? await unknownKey(redaction, context, old)
        : []),
      ...validate(config).filter(({ field }) => hasChanged(field, config, old)),
    ],
    finalizersForDelete({ warn }, { metadata }) {
      if (isEnding(metadata.namespace ?? '') || !lookup.anyCluster()) return [];
      warn(
        'KubeDirectorClusters exist, in this or other namespaces; ' +
          'the configuration goes when they are gone, and no new cluster can be created until then',
      );
      return [inUseFinalizer];
    },
  };
}

/** Who chooses the key that the values of all clusters are encrypted with can read them: as with the present one. */
async function unknownKey(
  redaction: Redaction<KubeDirectorConfig>,
  context: CallContext,
  { metadata: { namespace = '', name } }: Stored<KubeDirectorConfig>,
): Promise<FieldError[]> {
  if (await redaction.mayReveal(context, { namespace, name })) return [];
  const why = 'while clusters exist, it can be changed by users only who may get kubedirectorconfigs/masterkey';
  return [forbidden('spec.masterEncryptionKey', why)];
}
