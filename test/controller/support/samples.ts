/** The application and cluster of testdata, as a user would have had them stored. */
import { readFileSync } from 'node:fs';
import type { KubeDirectorApp, KubeDirectorCluster } from '../../../src/apis/kubedirector/types.ts';
import type { World } from './world.ts';

export function testdata(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8'));
}

export function sampleApp(): KubeDirectorApp {
  const app = testdata('app.json') as KubeDirectorApp;
  const { name, namespace, uid } = app.metadata as { name: string; namespace: string; uid: string };
  return { ...app, metadata: { name, namespace, uid } };
}

export function sampleCluster(change: (cluster: KubeDirectorCluster) => void = () => undefined): KubeDirectorCluster {
  const cluster = testdata('cluster.json') as KubeDirectorCluster;
  delete cluster.status;
  const { name, namespace, uid } = cluster.metadata as { name: string; namespace: string; uid: string };
  const copy: KubeDirectorCluster = { ...cluster, metadata: { name, namespace, uid } };
  change(copy);
  return copy;
}

export const at = (name: string) => ({ namespace: 'default', name });
export const sample = at('sample');

/** Sets a role's member count, as `kubectl scale` would. */
export function scale(world: World, role: string, members: number): void {
  world.clusters.direct.change(sample, (cluster) => {
    for (const one of cluster.spec.roles) if (one.id === role) one.members = members;
  });
}

export function theCluster(world: World): KubeDirectorCluster {
  const cluster = world.clusters.get('default', 'sample');
  if (cluster === undefined) throw new Error('no cluster');
  return cluster;
}

export const statusOf = (world: World) => {
  const { status } = theCluster(world);
  if (status === undefined) throw new Error('no status');
  return status;
};

export const membersOf = (world: World, role: string) =>
  statusOf(world).roles?.find(({ id }) => id === role)?.members ?? [];

/** Pod names by role and ordinal. */
export function podOf(world: World, role: string, ordinal = 0): string {
  const member = membersOf(world, role)[ordinal];
  if (member === undefined) throw new Error(`role ${role} has no member ${ordinal}`);
  return member.pod;
}

export const condition = (world: World, type: string) => statusOf(world).conditions?.find((one) => one.type === type);
