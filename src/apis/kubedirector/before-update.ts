/**
 * What the spec said before an update, for updateStrategy.autoRevert. It is kept in the status by the write that begins the
 * update: nobody else sees both specs for sure. Values of secretKeys are in it as they are in the spec, encrypted.
 */
import { deepEqual } from '../../meta/json.ts';
import { changedFields, hasRun, isMoved, isTakenInByRestart } from './cluster-update.ts';
import type { BeforeUpdate, ClusterRole, ClusterSpec, KubeDirectorCluster } from './types.ts';
import { present, type WellShaped } from './well-shaped.ts';

type Cluster = WellShaped<KubeDirectorCluster>;
type Role = WellShaped<ClusterRole>;
type Strategies = WellShaped<Pick<ClusterSpec, 'updateStrategy'>>;

/** Whether a failed update of the role is taken back: its own word, else the cluster's. */
export const isAutoReverted = (spec: Strategies, role: Strategies): boolean =>
  (role.updateStrategy?.autoRevert ?? spec.updateStrategy?.autoRevert) === true;

/**
 * The next state of a cluster, with what `old` said of all that restarts members and changes now. What is kept already
 * stays: an update that is changed midway has begun with it. The same object where there is nothing to be kept.
 */
export function withBeforeUpdate(next: Cluster, old: KubeDirectorCluster): Cluster {
  const { spec } = next;
  if (spec === undefined || old.status === undefined) return next;
  const kept = old.status.beforeUpdate ?? {};
  const concerned = present<Role>(spec.roles).filter(
    ({ item }) => isAutoReverted(spec, item) && isComplete(old, item.id),
  );
  const roles = concerned.flatMap(({ item: role }) => {
    const was = old.spec.roles.find(({ id }) => id === role.id);
    if (was === undefined || kept.roles?.some(({ id }) => id === was.id) === true) return [];
    return changedFields(role, was).some(isTakenBack) ? [{ id: was.id, fields: takenBackOf(was) }] : [];
  });
  const isOtherApp = isMoved(next, old) && kept.app === undefined && concerned.length > 0;
  if (roles.length === 0 && !isOtherApp) return next;
  const beforeUpdate: BeforeUpdate = {
    ...kept,
    ...(isOtherApp ? { app: old.status.app ?? old.spec.app } : {}),
    ...(roles.length === 0 ? {} : { roles: [...(kept.roles ?? []), ...roles] }),
  };
  return { ...next, status: { ...next.status, beforeUpdate } };
}

/**
 * Members have run, and no update goes on of which nobody knows what was before. Where one goes on that is known, a role of which
 * nothing is kept has not changed since it began.
 */
function isComplete({ status }: KubeDirectorCluster, id: string | undefined): boolean {
  const role = status?.roles?.find((one) => one.id === id);
  if (role === undefined || !role.members.some(hasRun)) return false;
  return status?.beforeUpdate !== undefined || role.currentRevision === role.updateRevision;
}

const isTakenBack = (field: string): boolean => field !== 'id' && isTakenInByRestart(field);

const takenBackOf = (role: ClusterRole): Record<string, unknown> =>
  Object.fromEntries(Object.entries(role).filter(([field]) => isTakenBack(field)));

/** The spec as it was before the update. Numbers of members, labels, volumes and strategies stay as they are now. */
export function putBack(spec: ClusterSpec, before: BeforeUpdate): ClusterSpec {
  const roles = spec.roles.map((role) => {
    const was = before.roles?.find(({ id }) => id === role.id);
    if (was === undefined || !isAutoReverted(spec, role)) return role;
    const staying = Object.entries(role).filter(([field]) => !isTakenBack(field));
    return { ...Object.fromEntries(staying), ...was.fields } as ClusterRole;
  });
  return { ...spec, app: before.app ?? spec.app, roles };
}

/** Paths in the spec of all that `putBack` changes. */
export function fieldsPutBack(spec: ClusterSpec, before: BeforeUpdate): readonly string[] {
  const was = putBack(spec, before);
  const ofRoles = spec.roles.flatMap((role, index) => {
    const other = was.roles[index];
    return other === undefined ? [] : changedFields(role, other).map((field) => `spec.roles[${index}].${field}`);
  });
  return [...(was.app === spec.app ? [] : ['spec.app']), ...ofRoles];
}

/** Whether this write is the controller's, which takes a failed update back: all of it was accepted before. */
export function isPuttingBack({ spec }: KubeDirectorCluster, old: KubeDirectorCluster): boolean {
  const { beforeUpdate, autoRevert } = old.status ?? {};
  if (beforeUpdate === undefined || autoRevert?.fields === undefined || autoRevert.revertedAt !== undefined)
    return false;
  const was = putBack(old.spec, beforeUpdate);
  const others = (one: ClusterSpec): object => ({ ...one, app: '', roles: [] });
  return (
    spec.app === was.app &&
    deepEqual(others(spec), others(was)) &&
    spec.roles.length === was.roles.length &&
    spec.roles.every((role, index) => {
      const other = was.roles[index];
      return other?.id === role.id && changedFields(role, other).length === 0;
    })
  );
}
