/**
 * Logs what happens in the playground for the user at the terminal: a line for each change of an app, cluster, role,
 * member or namespace. It reads only the objects and the events, which every client can see too.
 */
import type { KubeDirectorApp, KubeDirectorCluster } from '../apis/kubedirector/types.ts';
import type { CoreEvent, Namespace } from '../apis/kubernetes/types.ts';
import type { ResourceRegistry } from '../apiserver/registry/contract.ts';
import type { KubeObject, Stored } from '../meta/object.ts';
import type { Logger } from '../runtime/logger.ts';
import type { RegistryLookup } from './native.ts';
import { createView, type View, type ViewChange } from './simulation/view.ts';

/** Logs a line: as a warning if somebody should look at it, otherwise as information. */
type Tell = (line: string, isWarning?: boolean) => void;

/** Logs changes until the signal aborts. Nothing is logged about objects that exist at the start. */
export function tellHappenings(lookup: RegistryLookup, logger: Logger, signal: AbortSignal): void {
  const group = 'kubedirector.hpe.com';
  let begun = false;
  const tell: Tell = (line, isWarning = false) => {
    if (isWarning) logger.warn({}, line);
    else logger.info({}, line);
  };
  function view<T extends KubeObject>(registry: ResourceRegistry<T>, say: (change: ViewChange<T>) => void): View {
    return createView(
      () => registry.cache,
      (change) => {
        if (begun) say(change);
      },
    );
  }
  const views = [
    view(lookup.registry<Namespace>('', 'namespaces'), (change) => lifeOf('namespace', change, tell)),
    view(lookup.registry<KubeDirectorApp>(group, 'kubedirectorapps'), (change) => lifeOf('app', change, tell)),
    view(lookup.registry<KubeDirectorCluster>(group, 'kubedirectorclusters'), (change) => clusterNews(change, tell)),
    view(lookup.registry<CoreEvent>('', 'events'), (change) => eventNews(change, tell)),
  ];
  for (const one of views) one.refresh();
  begun = true;
  signal.addEventListener('abort', () => views.forEach((one) => one.close()), { once: true });
}

/** "default/spark"; only the name for cluster-scoped objects. */
function nameOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace ? `${namespace}/${name}` : (name ?? '');
}

function lifeOf(what: string, { object, old }: ViewChange<KubeObject>, tell: Tell, details = ''): void {
  if (object === undefined) {
    if (old !== undefined) tell(`${what} ${nameOf(old)} deleted`);
  } else if (old === undefined) tell(`${what} ${nameOf(object)} created${details}`);
  else if (object.metadata.deletionTimestamp !== undefined && old.metadata.deletionTimestamp === undefined) {
    tell(`${what} ${nameOf(object)} is being deleted`);
  }
}

function clusterNews(change: ViewChange<KubeDirectorCluster>, tell: Tell): void {
  const { object, old } = change;
  const app = object?.spec.app ?? '';
  lifeOf('cluster', change, tell, `: app ${app}, ${memberCount(object)}`);
  if (object === undefined || old === undefined || object.metadata.deletionTimestamp !== undefined) return;
  for (const { id, from, to } of scaledRoles(old, object)) {
    tell(`role ${id} of cluster ${nameOf(object)} scaled from ${from} to ${to}`);
  }
  for (const { pod, words } of newlyFailed(old, object)) tell(`last words of the set-up of ${pod}: ${words}`, true);
  const [now, before] = [readiness(object), readiness(old)];
  if (now?.status === before?.status) return;
  if (now?.status === 'True') tell(`cluster ${nameOf(object)} is Ready: ${now.message}`);
  else if (before?.status === 'True') tell(`cluster ${nameOf(object)} is no longer Ready: ${now?.message ?? ''}`);
}

/** Members whose set-up has failed since, with the last line of its standard error. Silent ones are left out. */
function newlyFailed(old: KubeDirectorCluster, now: KubeDirectorCluster): readonly { pod: string; words: string }[] {
  const failures = ({ status }: KubeDirectorCluster) =>
    (status?.roles ?? [])
      .flatMap(({ members }) => members)
      .filter(({ state }) => state === 'config error')
      .map(({ pod, stateDetail }) => {
        return { pod, words: stateDetail.startScriptStderrMessage?.trim().split('\n').at(-1) ?? '' };
      });
  const known = new Set(failures(old).map(({ pod }) => pod));
  return failures(now).filter(({ pod, words }) => words !== '' && !known.has(pod));
}

const readiness = ({ status }: KubeDirectorCluster) => status?.conditions?.find(({ type }) => type === 'Ready');

function memberCount(cluster: KubeDirectorCluster | undefined): string {
  const count = (cluster?.spec.roles ?? []).reduce((sum, { members = 0 }) => sum + members, 0);
  return count === 1 ? '1 member' : `${count} members`;
}

/** Roles whose number of members changed. A role that does not exist counts as 0 members. */
function scaledRoles(old: KubeDirectorCluster, now: KubeDirectorCluster): { id: string; from: number; to: number }[] {
  const counts = ({ spec }: KubeDirectorCluster) =>
    new Map(spec.roles.map(({ id, members = 0 }) => [id, members] as const));
  const [before, after] = [counts(old), counts(now)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((id) => ({ id, from: before.get(id) ?? 0, to: after.get(id) ?? 0 }))
    .filter(({ from, to }) => from !== to);
}

/** The reasons of normal events that are logged. The other news are taken from the cluster object itself. */
const toldReasons = new Set(['Member', 'Config', 'Restore']);

/** Logs the events of KubeDirector about members, connections and restores, and the warnings of all components. */
function eventNews({ object, old }: ViewChange<CoreEvent>, tell: Tell): void {
  if (object === undefined) return;
  const isWarning = object.type === 'Warning';
  const isOurs = object.source?.component === 'kubedirector';
  if (!isWarning && !(isOurs && toldReasons.has(object.reason ?? ''))) return;
  // A repeated event of another component (a pod that fits no node) is logged once; one of KubeDirector each time.
  if (old !== undefined && (!isOurs || object.count === old.count)) return;
  tell(`${subjectOf(object)}: ${withoutBraces(object.message ?? '')}`, isWarning);
}

function subjectOf({ involvedObject: { kind = '', namespace, name = '' } }: Stored<CoreEvent>): string {
  const what = kind.replace(/^KubeDirector/, '').toLowerCase();
  return `${what} ${namespace ? `${namespace}/${name}` : name}`;
}

/** Events write names as "member{spark-worker-0}"; this returns "member spark-worker-0". */
function withoutBraces(message: string): string {
  return message.replaceAll(/(\w)\{([^{}]*)\}/g, '$1 $2');
}
