/**
 * Whether a StatefulSet makes the pods that a role asks for now. `covers` alone finds what is missing or different; a
 * field that a user took out of the spec again is still there, and is found here. Only what a role can ask for is
 * looked at, so that defaults of kube-apiserver do not count as differences.
 */
import type { Container, ResourceRequirements, StatefulSet } from '../../../apis/kubernetes/types.ts';
import { deepEqual } from '../../../meta/json.ts';
import { covers } from './drift.ts';

type Spec = Pick<StatefulSet['spec'], 'template' | 'volumeClaimTemplates'>;
type PodSpec = NonNullable<Spec['template']['spec']>;

/** True where new pods of `actual` would be those of `desired`. Labels and annotations, which change in place, do not count. */
export function isMadeAs(desired: Spec, actual: Spec): boolean {
  return hasPodsOf(desired.template.spec, actual.template.spec) && hasClaimsOf(desired, actual);
}

/** Fields that kube-apiserver fills in where nobody else does. */
const filledIn: ReadonlySet<string> = new Set([
  ...['restartPolicy', 'terminationGracePeriodSeconds', 'dnsPolicy', 'securityContext', 'schedulerName'],
  // An older name of serviceAccountName, which is written, too.
  'serviceAccount',
]);

/** As `isMadeAs`, and its pods have nothing that others put into their spec (tolerations, a node selector). */
export function isMadeOnlyAs(desired: Spec, actual: Spec): boolean {
  const asked = desired.template.spec ?? {};
  const isOthers = (field: string): boolean => !Object.hasOwn(asked, field) && !filledIn.has(field);
  return isMadeAs(desired, actual) && !Object.keys(actual.template.spec ?? {}).some(isOthers);
}

/** True where new claims of `actual` would be those of `desired`. */
export function hasClaimsOf(desired: Spec, actual: Spec): boolean {
  const want = (desired.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    metadata: { name: metadata?.name },
    spec,
  }));
  const have = actual.volumeClaimTemplates ?? [];
  return covers(want, have) && want.every(({ spec }, index) => sameClass(spec, have[index]?.spec));
}

const sameClass = (one: { storageClassName?: string } = {}, other: { storageClassName?: string } = {}): boolean =>
  one.storageClassName === other.storageClassName;

function hasPodsOf(desired: PodSpec | undefined, actual: PodSpec | undefined): boolean {
  if (desired === undefined || actual === undefined || !covers(desired, actual)) return false;
  return (
    covers(scheduling(actual), scheduling(desired)) &&
    covers(actual.securityContext ?? {}, desired.securityContext ?? {}) &&
    (actual.priorityClassName ?? '') === (desired.priorityClassName ?? '') &&
    (actual.serviceAccountName ?? '') === (desired.serviceAccountName ?? '') &&
    sameContainers(desired.initContainers, actual.initContainers) &&
    sameContainers(desired.containers, actual.containers) &&
    deepEqual(modesOf(desired), modesOf(actual))
  );
}

/** What a role says of where its pods run. */
const scheduling = ({
  affinity = {},
  nodeSelector = {},
  tolerations = [],
  topologySpreadConstraints = [],
}: PodSpec): object => ({ affinity, nodeSelector, tolerations, topologySpreadConstraints });

/** File modes of the secrets' volumes. Source of the default: defaultMode of SecretVolumeSource. */
const modesOf = ({ volumes = [] }: PodSpec): unknown[] =>
  volumes.map(({ secret }) => (secret === undefined ? undefined : (secret.defaultMode ?? 0o644)));

const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;

function sameContainers(desired: readonly Container[] = [], actual: readonly Container[] = []): boolean {
  return (
    desired.length === actual.length &&
    desired.every((one, index) => {
      const other = actual[index];
      return (
        other !== undefined &&
        hasNoMoreThan(one.resources, other.resources) &&
        probes.every((probe) => one[probe] !== undefined || other[probe] === undefined) &&
        (one.volumeDevices ?? []).length === (other.volumeDevices ?? []).length &&
        covers(other.securityContext ?? {}, one.securityContext ?? {})
      );
    })
  );
}

/** Kubernetes takes a limit for the request where there is none. */
function hasNoMoreThan(desired: ResourceRequirements = {}, actual: ResourceRequirements = {}): boolean {
  const limits = desired.limits ?? {};
  return covers(actual.limits ?? {}, limits) && covers(actual.requests ?? {}, { ...limits, ...desired.requests });
}
