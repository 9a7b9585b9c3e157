/** The StatefulSet of a role and its pod template. */
import type {
  Container,
  EnvVar,
  PodTemplateSpec,
  ResourceRequirements,
  StatefulSet,
} from '../../../apis/kubernetes/types.ts';
import { persistedDirectories } from '../../../apis/kubedirector/mounts.ts';
import { isRootless } from '../../../apis/kubedirector/security-contexts.ts';
import { quantityOf } from '../../../apis/kubedirector/quantities.ts';
import type { ResolvedRole } from '../roles.ts';
import { ownedBy, ownPodLabels, podAnnotations, podLabels, selectorLabels, type ObjectContext } from './metadata.ts';
import { memberDomain, prettyNameAnnotation } from '../names.ts';
import { probesOf } from './probes.ts';
import { copyMountOf, initArgs, postStartCommand } from './scripts.ts';
import { canonical, filesystemClaim, volumesOf } from './volumes.ts';

/** The container of a pod in which the app and the guest steps run. */
export const appContainer = 'app';
/** The init container that copies persisted directories to the volume. */
export const initContainer = 'init';
const defaultDeviceSize = '1Gi';

type ClaimTemplate = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];

interface StatefulSetInput {
  readonly name: string;
  readonly replicas: number;
}

/**
 * Running pods are never replaced because the template changed (updateStrategy OnDelete): a change of labels reaches
 * them in place, anything else when they are next made anew. Setting up a member again is too dear for less.
 */
export function statefulSet(context: ObjectContext, role: ResolvedRole, input: StatefulSetInput): StatefulSet {
  const { cluster, clusterService, prettyName } = context;
  const claims = claimTemplates(context, role);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: input.name,
      namespace: cluster.metadata.namespace ?? '',
      labels: selectorLabels(cluster, role.id),
      annotations: { [prettyNameAnnotation]: prettyName },
      ownerReferences: [ownedBy(cluster)],
    },
    spec: {
      podManagementPolicy: 'Parallel',
      replicas: input.replicas,
      serviceName: clusterService,
      selector: { matchLabels: selectorLabels(cluster, role.id) },
      updateStrategy: { type: 'OnDelete' },
      template: podTemplate(context, role),
      ...(claims.length === 0 ? {} : { volumeClaimTemplates: claims }),
    },
  };
}

function podTemplate(context: ObjectContext, role: ResolvedRole): PodTemplateSpec {
  const { volumes, mounts } = volumesOf(role, context.mountsCgroups);
  const { affinity, nodeSelector, tolerations, topologySpreadConstraints, priorityClassName } = role.spec;
  const { serviceAccountName = '' } = role.spec;
  const { pod: podSecurityContext } = role.security;
  return {
    metadata: { labels: podLabels(context, role), annotations: podAnnotations(context, role) },
    spec: {
      automountServiceAccountToken: serviceAccountName !== '',
      ...(serviceAccountName === '' ? {} : { serviceAccountName }),
      ...(affinity === undefined ? {} : { affinity }),
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(topologySpreadConstraints === undefined ? {} : { topologySpreadConstraints }),
      ...(priorityClassName === undefined ? {} : { priorityClassName }),
      ...(podSecurityContext === undefined ? {} : { securityContext: podSecurityContext }),
      ...(isRootless(role.security) ? { dnsConfig: { searches: [domainOf(context)] } } : {}),
      ...(role.spec.storage === undefined ? {} : { initContainers: [copyContainer(role)] }),
      containers: [{ ...appContainerOf(context, role), volumeMounts: [...mounts] }],
      volumes: [...volumes],
    },
  };
}

function appContainerOf(context: ObjectContext, role: ResolvedRole): Container {
  const { stdin, tty } = role.app.containerSpec ?? {};
  const devices = blockDevices(role);
  const securityContext = securityOf(context, role);
  return {
    name: appContainer,
    image: role.app.imageRepoTag ?? '',
    resources: resourcesOf(role),
    env: environment(role),
    ...(role.ports.length === 0
      ? {}
      : { ports: role.ports.map(({ service, port }) => ({ name: service.id, containerPort: port, protocol: 'TCP' })) }),
    ...probesOf(role.app),
    ...(devices.length === 0 ? {} : { volumeDevices: devices }),
    // Only root can write /etc/resolv.conf: the others get their search list with the pod.
    ...(isRootless(role.security)
      ? {}
      : { lifecycle: { postStart: { exec: { command: postStartCommand(context.clusterService) } } } }),
    ...(securityContext === undefined ? {} : { securityContext }),
    ...(stdin === true ? { stdin } : {}),
    ...(tty === true ? { tty } : {}),
  };
}

/** The role's own, and the app's capabilities besides. */
function securityOf({ capabilities }: ObjectContext, { security }: ResolvedRole): Container['securityContext'] {
  const own = security.container;
  if (capabilities.length === 0) return own;
  const add = [...new Set([...capabilities, ...(own?.capabilities?.add ?? [])])];
  return { ...own, capabilities: { ...own?.capabilities, add } };
}

/** As root, so that all files keep their owners; where the members may not be root, as their user. */
function copyContainer(role: ResolvedRole): Container {
  const { pod, container } = role.security;
  const rootless = isRootless(role.security);
  const asRoot = { runAsUser: 0, ...(pod?.runAsNonRoot === true ? { runAsNonRoot: false } : {}) };
  const securityContext = rootless ? container : asRoot;
  const directories = persistedDirectories(role.app);
  return {
    name: initContainer,
    image: role.app.imageRepoTag ?? '',
    command: ['/bin/bash'],
    args: initArgs(directories, { rootless }),
    resources: resourcesOf(role),
    ...(securityContext === undefined ? {} : { securityContext }),
    volumeMounts: [{ mountPath: copyMountOf(directories), name: filesystemClaim }],
  };
}

function domainOf({ cluster, config, clusterService }: ObjectContext): string {
  return memberDomain(clusterService, cluster.metadata.namespace ?? '', config.clusterSvcDomainBase);
}

function resourcesOf(role: ResolvedRole): ResourceRequirements {
  const { limits, requests } = role.spec.resources;
  const canonicalOf = (quantities: Record<string, string | number> | undefined) =>
    Object.fromEntries(Object.entries(quantities ?? {}).map(([name, value]) => [name, canonical(value)]));
  return {
    limits: canonicalOf(limits),
    ...(requests === undefined ? {} : { requests: canonicalOf(requests) }),
  };
}

/** The cluster's own, then what setting up and GPUs need; each name once, as server-side apply demands: the last counts. */
function environment(role: ResolvedRole): EnvVar[] {
  const own = [
    ...(role.configPackage !== undefined && role.layout === 'new'
      ? [{ name: 'PYTHONUSERBASE', value: '/usr/local' }]
      : []),
    ...(asksForGpus(role) ? [] : [{ name: 'NVIDIA_VISIBLE_DEVICES', value: 'void' }]),
  ];
  const isOwn = ({ name }: EnvVar): boolean => own.some((one) => one.name === name);
  return [...(role.spec.env ?? []).filter((one) => !isOwn(one)), ...own];
}

/**
 * Whether an amount above zero of some nvidia.com resource (GPUs, or parts of them) is asked for. Where there is a limit
 * alone, Kubernetes takes it for the request, too; where there are both, they must be equal: so either counts.
 * Source: https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
 */
function asksForGpus({ spec: { resources } }: ResolvedRole): boolean {
  const amounts = [resources.limits, resources.requests].flatMap((list) => Object.entries(list ?? {}));
  return amounts.some(([name, amount]) => name.startsWith('nvidia.com/') && (quantityOf(amount)?.sign() ?? 0) > 0);
}

/** `<pathPrefix><n>` in the container for claim template `b<n>`. */
export function blockDevices(role: ResolvedRole): { name: string; devicePath: string }[] {
  const { blockStorage } = role.spec;
  if (blockStorage === undefined) return [];
  return Array.from({ length: blockStorage.numDevices }, (_, index) => ({
    name: `b${index}`,
    devicePath: `${blockStorage.pathPrefix}${index}`,
  }));
}

function claimTemplates(context: ObjectContext, role: ResolvedRole): ClaimTemplate[] {
  const { storage, blockStorage } = role.spec;
  const template = (name: string, volumeMode: string, size: string | number, storageClassName: string | undefined) => ({
    apiVersion: 'v1' as const,
    kind: 'PersistentVolumeClaim' as const,
    metadata: { name, ...labelsOf(ownPodLabels(context, role)) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      volumeMode,
      resources: { requests: { storage: canonical(size) } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  });
  return [
    ...(storage === undefined ? [] : [template(filesystemClaim, 'Filesystem', storage.size, storage.storageClassName)]),
    ...blockDevices(role).map(({ name }) =>
      template(name, 'Block', blockStorage?.size ?? defaultDeviceSize, blockStorage?.storageClassName),
    ),
  ];
}

const labelsOf = (labels: Record<string, string>) => (Object.keys(labels).length === 0 ? {} : { labels });
