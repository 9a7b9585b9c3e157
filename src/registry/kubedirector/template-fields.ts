/** Where in a cluster's role that stands which makes up a field of its StatefulSet. */
import type { ClusterRole } from '../../apis/kubedirector/types.ts';
import type { StatefulSet } from '../../apis/kubernetes/types.ts';

interface Source {
  readonly role: ClusterRole;
  readonly statefulSet: StatefulSet;
}

/** @returns undefined where the field does not come from the role after all */
type Rule = readonly [pattern: RegExp, place: (source: Source, ...groups: string[]) => string | undefined];

/** The first that matches counts. Groups that do not take part in a match are ''. */
const rules: readonly Rule[] = [
  [/^spec\.template\.(?:metadata\.)?labels(.*)$/, ({ role }, rest) => role.podLabels && `podLabels${rest}`],
  [
    /^spec\.template\.(?:metadata\.)?annotations(.*)$/,
    ({ role }, rest) => role.podAnnotations && `podAnnotations${rest}`,
  ],
  [/^spec\.template\.spec\.affinity(.*)$/, (_, rest) => `affinity${rest}`],
  [
    /^spec\.template\.spec\.(nodeSelector|tolerations|topologySpreadConstraints|priorityClassName)(.*)$/,
    (_, field = '', rest = '') => `${field}${rest}`,
  ],
  [
    /^spec\.template\.spec\.securityContext(.*)$/,
    ({ role }, rest) => role.podSecurityContext && `podSecurityContext${rest}`,
  ],
  [
    /^spec\.template\.spec\.containers\[0\]\.securityContext(.*)$/,
    ({ role }, rest) => role.securityContext && `securityContext${rest}`,
  ],
  [/^spec\.template\.spec\.serviceAccountName$/, () => 'serviceAccountName'],
  [/^spec\.template\.spec\.(?:initContainers|containers)\[0\]\.resources(.*)$/, (_, rest) => `resources${rest}`],
  [/^spec\.template\.spec\.containers\[0\]\.env\[(\d+)\](.*)$/, variable],
  [
    /^spec\.template\.spec\.containers\[0\]\.volumeDevices\[\d+\](?:\.devicePath)?$/,
    ({ role }) => role.blockStorage && 'blockStorage.pathPrefix',
  ],
  [/^spec\.template\.spec\.containers\[0\]\.volumeMounts\[(\d+)\](?:\.(.*))?$/, mount],
  [/^spec\.template\.spec\.volumes\[(\d+)\](?:\.(.*))?$/, volume],
  [/^spec\.volumeClaimTemplates\[(\d+)\](?:\.(.*))?$/, claim],
];

/**
 * The role's field that makes up this field of its StatefulSet: "affinity.nodeAffinity" for
 * "spec.template.spec.affinity.nodeAffinity". Undefined for what comes from the app, the global configuration, or
 * KubeDirector itself.
 */
export function roleField(field: string, source: Source): string | undefined {
  for (const [pattern, place] of rules) {
    const match = pattern.exec(field);
    if (match !== null) return place(source, ...match.slice(1).map((group: string | undefined) => group ?? ''));
  }
  return undefined;
}

const podOf = ({ statefulSet }: Source) => statefulSet.spec.template.spec;

/** The StatefulSet has some of the role's variables, and some of KubeDirector's. */
function variable(source: Source, index: string, rest = ''): string | undefined {
  const name = podOf(source)?.containers[0]?.env?.[Number(index)]?.name;
  const place = source.role.env?.findIndex((one) => one.name === name) ?? -1;
  return place === -1 ? undefined : `env[${place}]${rest}`;
}

function mount(source: Source, index: string, part = ''): string | undefined {
  const name = podOf(source)?.containers[0]?.volumeMounts?.[Number(index)]?.name ?? '';
  const owner = volumeOwner(source, name);
  if (owner === undefined || owner === 'sharedMemory') return owner;
  return ['mountPath', 'readOnly'].includes(part) ? `${owner}.${part}` : owner;
}

/** kube-apiserver counts the volumes of claim templates first, and the template's own after them. */
function volume(source: Source, index: string, part = ''): string | undefined {
  const place = Number(index) - (source.statefulSet.spec.volumeClaimTemplates?.length ?? 0);
  const owner = volumeOwner(source, podOf(source)?.volumes?.[place]?.name ?? '');
  const parts: Readonly<Record<string, string>> = {
    'secret.secretName': 'name',
    'secret.defaultMode': 'defaultMode',
    'persistentVolumeClaim.claimName': 'pvcName',
  };
  const own = parts[part];
  return owner === undefined || own === undefined ? owner : `${owner}.${own}`;
}

/** See volumes.ts of the controller for the names. */
function volumeOwner({ role }: Source, name: string): string | undefined {
  if (name.startsWith('secret-vol-')) return role.secret && 'secret';
  if (name === 'shmem') return role.sharedMemory === undefined ? undefined : 'sharedMemory';
  const [, projection] = /^projected-vol-(\d+)$/.exec(name) ?? [];
  return projection === undefined ? undefined : `volumeProjections[${projection}]`;
}

function claim({ role, statefulSet }: Source, index: string, part = ''): string | undefined {
  const { name = '' } = statefulSet.spec.volumeClaimTemplates?.[Number(index)]?.metadata ?? {};
  const owner = name === 'p' ? role.storage && 'storage' : role.blockStorage && 'blockStorage';
  if (owner === undefined) return undefined;
  if (part.startsWith('metadata.labels')) return role.podLabels && 'podLabels';
  if (part.startsWith('spec.resources')) return `${owner}.size`;
  return part === 'spec.storageClassName' ? `${owner}.storageClassName` : owner;
}
