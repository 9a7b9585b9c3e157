/** Who is shown what of the group's objects: rights on subresources that nobody can call say so. */
import { redacted, restored } from '../../apis/kubedirector/redacting.ts';
import {
  backupTokens,
  clusterTokens,
  formerKeysField,
  masterKeyField,
  revisionKeyField,
  type FieldWay,
} from '../../apis/kubedirector/secret-fields.ts';
import {
  group,
  version,
  type KubeDirectorCluster,
  type KubeDirectorConfig,
  type KubeDirectorStatusBackup,
} from '../../apis/kubedirector/types.ts';
import type { CallContext, Redaction } from '../../apiserver/resource.ts';
import type { AccessReviewer } from '../../clients/contract.ts';
import type { KubeObject, NamespacedName } from '../../meta/object.ts';

/** Whether the user of a call may see a secret; the name is '' for all of a namespace, the namespace for all of them. */
type MayReveal = (context: Pick<CallContext, 'user'>, target: NamespacedName) => Promise<boolean>;

/** Those who may `get kubedirectorclusters/authtoken`. @param access absent: nobody may */
export function mayReadTokens(access: AccessReviewer | undefined): MayReveal {
  return mayGet(access, 'kubedirectorclusters', 'authtoken');
}

/** masterEncryptionKey, and those before it, are for those who may `get kubedirectorconfigs/masterkey`. @param access absent: nobody may */
export function configRedaction(access: AccessReviewer | undefined): Redaction<KubeDirectorConfig> {
  return hiding(
    [masterKeyField, formerKeysField, revisionKeyField],
    mayGet(access, 'kubedirectorconfigs', 'masterkey'),
  );
}

/** Members' tokens are for those who may `get kubedirectorclusters/authtoken`. @param access absent: nobody may */
export function clusterRedaction(access: AccessReviewer | undefined): Redaction<KubeDirectorCluster> {
  return hiding([clusterTokens], mayReadTokens(access));
}

/** A backup has the name of the cluster that it is of. */
export function statusBackupRedaction(access: AccessReviewer | undefined): Redaction<KubeDirectorStatusBackup> {
  return hiding([backupTokens], mayReadTokens(access));
}

function hiding<T extends KubeObject>(ways: readonly FieldWay[], mayReveal: MayReveal): Redaction<T> {
  return {
    mayReveal,
    redact: (object) => ways.reduce((left, way) => redacted(left, way), object),
    restore: (next, current) => ways.reduce((left, way) => restored<T>(left, current, way), next),
  };
}

function mayGet(access: AccessReviewer | undefined, resource: string, subresource: string): MayReveal {
  if (access === undefined) return () => Promise.resolve(false);
  return async ({ user }, target) => {
    const asked = { user, verb: 'get', resource: { group, version, resource, subresource, ...target } };
    return (await access.review(asked)).allowed;
  };
}
