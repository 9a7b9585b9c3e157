/** The role "work" of the sample cluster, as tests of updates see it. */
import { withBeforeUpdate } from '../../../src/apis/kubedirector/before-update.ts';
import type { ClusterRole, ClusterSpec } from '../../../src/apis/kubedirector/types.ts';
import { at, condition, membersOf, sample, statusOf } from './samples.ts';
import { configured, world } from './started.ts';

/** The sample cluster with so many members of role work, all set up. */
export const workers = (members: number, more: (spec: ClusterSpec) => void = () => undefined): Promise<void> =>
  configured(({ spec }) => {
    for (const role of spec.roles) if (role.id === 'work') role.members = members;
    more(spec);
  });

/** An edit of the spec, with what the API server keeps of the one before. */
export function editSpec(edit: (spec: ClusterSpec) => void): void {
  world.clusters.direct.change(sample, (cluster) => {
    const old = structuredClone(cluster);
    edit(cluster.spec);
    Object.assign(cluster, withBeforeUpdate(cluster, old));
  });
}

/** Edits the role, as `kubectl edit` would. */
export function change(edit: (role: ClusterRole, spec: ClusterSpec) => void, id = 'work'): void {
  editSpec((spec) => {
    for (const role of spec.roles) if (role.id === id) edit(role, spec);
  });
}

export const setEnv =
  (value: string) =>
  (role: ClusterRole): void => {
    role.env = [{ name: 'A', value }];
  };

export const podsOf = (role = 'work'): string[] => membersOf(world, role).map(({ pod }) => pod);
export const envs = (role = 'work'): (string | undefined)[] =>
  podsOf(role).map((name) => {
    const { env = [] } = world.pods.get('default', name)?.spec?.containers[0] ?? {};
    return env.find((one) => one.name === 'A')?.value;
  });
export const uids = (role = 'work'): (string | undefined)[] =>
  podsOf(role).map((name) => world.pods.get('default', name)?.metadata.uid);
/** Of the pods that were made to go, in order. */
export const ordinals = (): number[] => world.evicted.map((pod) => Number(/\d+$/.exec(pod)?.[0]));
export const roleStatus = (role = 'work') => statusOf(world).roles?.find(({ id }) => id === role);
/** Reasons of the conditions that say something of updates. */
export const told = () => {
  const [progressing, degraded] = [condition(world, 'Progressing'), condition(world, 'Degraded')];
  return [progressing?.status, progressing?.reason, degraded?.status, degraded?.reason];
};

/** Until so many pods have been made to go, and nothing more is done after that. */
export async function afterEvictions(count: number): Promise<void> {
  for (let turn = 0; world.evicted.length < count; turn++) {
    if (turn > 2_000) throw new Error(`${world.evicted.length} pods of ${count} have gone`);
    await new Promise((resolve) => setImmediate(resolve));
    if (!world.nodes.step() && world.evicted.length < count) world.clock.next(60_000);
  }
}

/** The node of a pod no longer answers; the returned function has it answer again. */
export function loseNode(pod: string): () => void {
  const before = world.pods.get('default', pod)?.status;
  world.pods.direct.change(at(pod), (copy) => {
    copy.status = { ...copy.status, conditions: [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }] };
  });
  return () => {
    world.pods.direct.change(at(pod), (copy) => {
      if (before !== undefined) copy.status = before;
    });
  };
}
