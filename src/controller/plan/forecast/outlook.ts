/**
 * What a cluster would come to with a spec, found by the phases of the plan itself on a copy of the status, without anything
 * being done: whoever foretells what happens has no opinion of his own.
 */
import { isAutoReverted } from '../../../apis/kubedirector/before-update.ts';
import type { ConfigSettings } from '../../../apis/kubedirector/config-settings.ts';
import type {
  KubeDirectorApp,
  KubeDirectorCluster,
  MemberStatus,
  RoleStatus,
} from '../../../apis/kubedirector/types.ts';
import type { Pod, StatefulSet } from '../../../apis/kubernetes/types.ts';
import type { KubeObject, Stored } from '../../../meta/object.ts';
import { createDraft, isLeaving, isToStop, type Draft } from '../draft.ts';
import { takeSpecIn } from '../membership/membership.ts';
import { roleUpdates, type RoleUpdate } from '../rolling/role-update.ts';
import { updateStrategyOf } from '../rolling/update-strategy.ts';

/** What is to be known besides the cluster itself. */
export interface ForecastFacts {
  /** The app that the next spec names. */
  readonly app: KubeDirectorApp;
  /** The one that the spec names now; absent: the same. */
  readonly appBefore?: KubeDirectorApp | undefined;
  readonly config: ConfigSettings;
  /** Of the cluster. */
  readonly pods: readonly Stored<Pod>[];
  /** Of the cluster. */
  readonly statefulSets: readonly Stored<StatefulSet>[];
  readonly now: Date;
}

/** One role. Members that were leaving before do not count. */
export interface RoleOutlook {
  readonly id: string;
  readonly joining: number;
  readonly leaving: readonly MemberStatus[];
  /** Of which none ever ran, and that the spec wants otherwise. */
  readonly remade: readonly MemberStatus[];
  readonly staying: readonly MemberStatus[];
  /** Undefined where no member stays, or the cluster is to have no pods. */
  readonly update: RoleUpdate | undefined;
  /** Members that may be out of service at a time. */
  readonly maxUnavailable: number;
  /** Whether a failed update of it is taken back. */
  readonly isAutoReverted: boolean;
}

/** All roles, in the order in which they are updated; others follow. */
export interface Outlook {
  readonly isToStop: boolean;
  readonly roles: readonly RoleOutlook[];
}

/** Nothing that is made with them is kept. */
const ids = { suffix: () => '00000', token: () => '', uuid: () => '' };
const noObjects = { services: new Map(), budgets: new Map(), claims: new Map(), guest: new Map() };
const noneConnected = { clusters: [], configMaps: [], secrets: [] };

/** @param cluster with the status of today */
export function outlook(cluster: KubeDirectorCluster, facts: ForecastFacts): Outlook {
  const present = (cluster.status?.roles ?? []).map((role) => ({
    ...role,
    members: role.members.filter((member) => !isLeaving(member)),
  }));
  const first = takenIn(cluster, present, facts);
  const wanted = new Map(cluster.spec.roles.map(({ id, members = 0 }) => [id, members]));
  const isRemade = ({ id, members }: RoleStatus): boolean =>
    (wanted.get(id) ?? 0) > 0 && members.length > 0 && members.every(isLeaving);
  const remade = new Map(first.status.roles.filter(isRemade).map(({ id, members }) => [id, members]));
  // They have to be gone before anything else is taken in.
  const others = present.filter(({ id }) => !remade.has(id));
  const draft = remade.size === 0 ? first : takenIn(cluster, others, facts);
  const updates = roleUpdates(draft);
  const known = new Set([...updates.map(({ role }) => role.id), ...wanted.keys(), ...present.map(({ id }) => id)]);
  const roles = [...known].map((id) => {
    const members = draft.status.roles.find((role) => role.id === id)?.members ?? [];
    const staying = members.filter((member) => !isLeaving(member));
    const anew = remade.get(id) ?? [];
    const joining = Math.max(0, (wanted.get(id) ?? 0) - staying.length - anew.length);
    const spec = draft.roles.get(id)?.spec;
    const count = staying.length + joining;
    return {
      ...{ id, joining, staying, leaving: members.filter(isLeaving), remade: anew },
      update: updates.find(({ role }) => role.id === id),
      maxUnavailable: spec === undefined ? 1 : updateStrategyOf(cluster.spec, spec, count).maxUnavailable,
      isAutoReverted: spec !== undefined && isAutoReverted(cluster.spec, spec),
    };
  });
  return { isToStop: isToStop(draft), roles };
}

/** Nobody joins: who does is not known by name yet, and there may be very many. */
function takenIn(cluster: KubeDirectorCluster, present: readonly RoleStatus[], facts: ForecastFacts): Draft {
  const counts = new Map(present.map(({ id, members }) => [id, members.length]));
  const roles = cluster.spec.roles.map((role) => ({
    ...role,
    members: Math.min(role.members ?? 0, counts.get(role.id) ?? 0),
  }));
  const subject = { ...cluster, spec: { ...cluster.spec, roles }, status: { ...cluster.status, roles: [...present] } };
  const app = stored(facts.app);
  const draft = createDraft({
    observed: {
      ...{ cluster: stored<KubeDirectorCluster>(subject), app, config: facts.config, statusBackup: undefined },
      ...{ pods: byName(facts.pods), statefulSets: byName(facts.statefulSets), ...noObjects, connected: noneConnected },
    },
    ...{ app, ids, now: facts.now, connectionHash: '' },
  });
  takeSpecIn(draft);
  return draft;
}

const byName = <T extends KubeObject>(objects: readonly Stored<T>[]): ReadonlyMap<string, Stored<T>> =>
  new Map(objects.map((object) => [object.metadata.name, object]));

function stored<T extends KubeObject>(object: T): Stored<T> {
  const { name = '', uid = '', resourceVersion = '', creationTimestamp = '' } = object.metadata;
  return { ...object, metadata: { ...object.metadata, name, uid, resourceVersion, creationTimestamp } };
}
