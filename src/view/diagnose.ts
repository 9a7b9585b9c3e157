/** What is wrong with a cluster and what to do about it, from its status, its pods and events. */
import type { CoreEvent, Pod } from '../apis/kubernetes/types.ts';
import type { KubeDirectorCluster, MemberStatus } from '../apis/kubedirector/types.ts';
import type { ClusterObjects, Finding } from './contract.ts';
import { plainLine } from './plain-text.ts';

/** How many warnings of events are told, the newest. */
const mostEvents = 5;
/** Restarts of a container that are worth a word. */
const manyRestarts = 3;

type Detail = MemberStatus['stateDetail'];

interface Trouble {
  readonly level: Finding['level'];
  readonly words: (detail: Detail) => string | undefined;
  readonly advice: string;
}

const troubles: readonly Trouble[] = [
  {
    level: 'error',
    words: (detail) => detail.podErrorMessage,
    advice: 'look at the pod with kubectl describe pod, and correct the app or the role',
  },
  {
    level: 'error',
    words: (detail) => detail.schedulingErrorMessage,
    advice: "free or add nodes, or change the role's resources, nodeSelector, affinity or tolerations",
  },
  {
    level: 'error',
    words: (detail) =>
      detail.configErrorDetail === undefined
        ? undefined
        : [detail.configErrorDetail, detail.startScriptStderrMessage].filter(Boolean).join(': '),
    advice: 'correct the set-up package or what it needs; then restart the member, which is set up anew',
  },
  {
    level: 'error',
    words: (detail) => detail.upgradeErrorMessage,
    advice: 'correct the set-up package, or set spec.app back to the app before: the members go back to it',
  },
  {
    level: 'error',
    words: (detail) => detail.healthErrorMessage,
    advice: "look at the application's own log with kubectl logs",
  },
  {
    level: 'warning',
    words: (detail) => detail.notifyErrorMessage,
    advice: 'the set-up package is told again; if it never takes it, correct the package',
  },
  {
    level: 'warning',
    words: (detail) => detail.notifyGivenUp,
    advice: 'the member may not know of the others; correct the package, then restart the member',
  },
  {
    level: 'warning',
    words: ({ outdatedPod }) =>
      outdatedPod === undefined ? undefined : 'its pod was made by an earlier cluster of the same name, in another way',
    advice: 'delete the pod when it may stop: it is made anew',
  },
];

/** The gravest first. Empty for a cluster that nothing is known to be wrong with. */
export function diagnose({ cluster, pods, events }: ClusterObjects): Finding[] {
  const members = (cluster.status?.roles ?? []).flatMap((role) => role.members);
  const ofMembers = members.flatMap((member) => memberFindings(member, pods));
  const ofCluster = clusterFindings(cluster, ofMembers.length > 0);
  const all = [...ofCluster, ...ofMembers];
  const told = all.map(({ problem }) => problem);
  const ofEvents = eventFindings(events ?? []).filter(
    ({ problem }) => !told.some((text) => text !== '' && problem.includes(text)),
  );
  const rank = { error: 0, warning: 1, note: 2 } as const;
  return [...all, ...ofEvents].toSorted((one, other) => rank[one.level] - rank[other.level]);
}

function clusterFindings({ metadata, status }: KubeDirectorCluster, isExplained: boolean): Finding[] {
  const about = 'cluster';
  const conditions = new Map((status?.conditions ?? []).map((condition) => [condition.type, condition]));
  const words = (type: string): string => plainLine(conditions.get(type)?.message ?? '');
  const is = (type: string, wanted: string): boolean => conditions.get(type)?.status === wanted;
  const found: Finding[] = [];
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0) && !is('Paused', 'True')) {
    const problem = 'the controller has not taken the newest spec in yet';
    found.push({ level: 'warning', about, problem, advice: 'if this stays so, see whether the controller runs' });
  }
  if (metadata.deletionTimestamp !== undefined) {
    const finalizers = plainLine((metadata.finalizers ?? []).join(', '));
    const problem = `it is being deleted${finalizers === '' ? '' : `, and waits for ${finalizers}`}`;
    found.push({ level: 'note', about, problem, advice: 'wait; its members stop first' });
  }
  if (is('Paused', 'True')) {
    const advice = 'remove the annotation kubedirector.hpe.com/paused to let it go on';
    found.push({ level: 'note', about, problem: 'it is paused: the controller leaves it as it is', advice });
  }
  if (is('Suspended', 'True')) {
    found.push({
      level: 'note',
      about,
      problem: 'it is suspended: it has no pods',
      advice: 'set spec.suspend to false',
    });
  }
  if (is('Degraded', 'True') && !isExplained) {
    found.push({ level: 'error', about, problem: words('Degraded'), advice: 'see the events of the cluster' });
  }
  if (is('UpdateReverted', 'True')) {
    const advice = 'correct the change and make it again; see spec.updateStrategy.autoRevert';
    found.push({ level: 'warning', about, problem: words('UpdateReverted'), advice });
  }
  if (is('ConnectionsResolved', 'False')) {
    const advice = 'create the connected objects, or correct their labels or spec.connections';
    found.push({ level: 'warning', about, problem: words('ConnectionsResolved'), advice });
  }
  return found;
}

function memberFindings(member: MemberStatus, pods: readonly Pod[] | undefined): Finding[] {
  const { restarts = 0, stateDetail } = member;
  const about = plainLine(member.pod);
  const found = troubles.flatMap(({ level, words, advice }): Finding[] => {
    const text = words(stateDetail);
    return text === undefined ? [] : [{ level, about, problem: plainLine(text), advice }];
  });
  if (
    member.state === 'configured' &&
    pods !== undefined &&
    !pods.some(({ metadata }) => metadata.name === member.pod)
  ) {
    const advice = "its StatefulSet makes it anew; if it does not, look at the StatefulSet's events";
    found.push({ level: 'warning', about, problem: 'its pod is gone', advice });
  }
  if (restarts >= manyRestarts) {
    const problem = `its container was restarted ${restarts} times`;
    found.push({ level: 'warning', about, problem, advice: 'kubectl logs --previous shows what it said before' });
  }
  return found;
}

function eventFindings(events: readonly CoreEvent[]): Finding[] {
  const warnings = events
    .filter(({ type }) => type === 'Warning')
    .toSorted((one, other) => Date.parse(timeOf(other)) - Date.parse(timeOf(one)));
  const found = new Map<string, Finding>();
  for (const { involvedObject, message = '' } of warnings) {
    const about = plainLine(involvedObject.name ?? 'cluster');
    const problem = plainLine(message);
    const key = `${about} ${problem}`;
    if (!found.has(key)) found.set(key, { level: 'note', about, problem, advice: 'an event told this' });
  }
  return [...found.values()].slice(0, mostEvents);
}

function timeOf({ lastTimestamp, eventTime, metadata }: CoreEvent): string {
  return lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '1970-01-01T00:00:00Z';
}
