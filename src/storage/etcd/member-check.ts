import type { ResponseOf } from './proto.ts';
import type { etcd } from './proto.ts';

/** The cluster whose revisions we count in; the first member that is seen says which. */
export interface Cluster {
  id: string | undefined;
}

/**
 * Before these, a watch could tell a progress that it had not made (etcd issues 15220 and 17507). kube-apiserver does without
 * consistent reads from its cache on older ones; here nothing works without them.
 */
const oldest: Readonly<Record<string, number>> = { '3.4': 31, '3.5': 13 };

/** Whether a member can be asked, by what it says of itself. */
export function judgeMember(
  { header, version, leader, isLearner }: ResponseOf<(typeof etcd)['status']>,
  cluster: Cluster,
):
  | { readonly trouble: string; readonly usable: false }
  | { readonly trouble: string | undefined; readonly usable: true } {
  const id = header?.clusterId ?? '';
  cluster.id ??= id;
  if (id !== cluster.id) {
    const trouble = 'it belongs to another cluster than the others, or was set up anew: its revisions are not ours';
    return { trouble, usable: false };
  }
  if (isOlder(version)) {
    const trouble = `its version ${version} is too old: use 3.5.13 or later (or 3.4.31 or later)`;
    return { trouble, usable: false };
  }
  if (isLearner) return { trouble: 'it is a learner, which answers no requests', usable: false };
  return { trouble: leader === '' || leader === '0' ? 'it has no leader' : undefined, usable: true };
}

function isOlder(version: string): boolean {
  const [, major = '', minor = '', patch = ''] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === '') return false;
  const least = oldest[`${major}.${minor}`];
  if (least !== undefined) return Number(patch) < least;
  return Number(major) < 3 || (Number(major) === 3 && Number(minor) < 4);
}
