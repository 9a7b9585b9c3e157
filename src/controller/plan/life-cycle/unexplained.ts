/** Members that do not run while no status says why: the events about their objects may. */
import type { MemberStatus } from '../../../apis/kubedirector/types.ts';
import type { Pod } from '../../../apis/kubernetes/types.ts';
import type { EventSubject } from '../../../apis/kubernetes/event.ts';
import type { Stored } from '../../../meta/object.ts';
import { containerState, schedulingError } from '../pods/container.ts';
import { isLeaving } from '../draft.ts';
import { podProblem, wasKilled } from '../pods/pod-problem.ts';
import type { Observed } from '../observed.ts';

/** Within one namespace. */
export const subjectKey = ({ kind, name }: Pick<EventSubject, 'kind' | 'name'>): string => `${kind}/${name}`;

type Facts = Pick<Observed, 'cluster' | 'statefulSets' | 'pods' | 'claims'>;

/** Each once, those of the first members first. */
export function unexplained(facts: Facts): readonly EventSubject[] {
  const roles = facts.cluster.status?.roles ?? [];
  const subjects = roles.flatMap(({ statefulSet, members }) =>
    members
      .filter((member) => !isLeaving(member) && member.state !== 'suspended')
      .flatMap((member) => subjectsOf(facts, statefulSet, member)),
  );
  return [...new Map(subjects.map((subject) => [subjectKey(subject), subject])).values()];
}

function subjectsOf(facts: Facts, statefulSet: string, member: MemberStatus): readonly EventSubject[] {
  const namespace = facts.cluster.metadata.namespace ?? '';
  const pod = facts.pods.get(member.pod);
  if (pod === undefined) {
    const set = facts.statefulSets.get(statefulSet);
    return set === undefined ? [] : [{ kind: 'StatefulSet', namespace, name: statefulSet, uid: set.metadata.uid }];
  }
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  const own = { kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid };
  if (schedulingError(pod) !== undefined) return unboundClaims(facts, pod);
  if (podProblem(pod, { role: undefined, isSetUp: true }) !== undefined) return wasKilled(pod) ? [own] : [];
  return ['waiting', 'absent', 'initializing'].includes(containerState(pod)) && isScheduled(pod) ? [own] : [];
}

function isScheduled({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'PodScheduled' && value === 'True') ?? false;
}

/** Those that a pod without node may be waiting for, the cluster's own and others that it names. */
function unboundClaims({ claims, cluster }: Facts, pod: Stored<Pod>): readonly EventSubject[] {
  if (!/persistentvolumeclaim/i.test(schedulingError(pod) ?? '')) return [];
  const namespace = cluster.metadata.namespace ?? '';
  return claimNames(pod).flatMap((name) => {
    const claim = claims.get(name);
    if (claim?.status?.phase === 'Bound') return [];
    return [
      { kind: 'PersistentVolumeClaim', namespace, name, ...(claim === undefined ? {} : { uid: claim.metadata.uid }) },
    ];
  });
}

/** The names of the PVCs that the pod's volumes refer to. */
export function claimNames({ spec }: Pod): readonly string[] {
  const claims = (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim ?? []);
  return claims.map(({ claimName }) => claimName);
}
